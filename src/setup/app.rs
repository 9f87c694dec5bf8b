//! The app and the user that relay-scrub is to log in with.

use std::fmt;
use std::str::FromStr;

use super::certificate::Certificate;

/// How relay-scrub is to log in, unattended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auth {
    /// With a key, as a user that exists in production.
    Jwt,
    /// With the app's secret, as the user that the app runs as.
    ClientCredentials,
}

/// An app that is written as metadata.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Whom Salesforce writes to about it; an app can't be without.
    pub contact_email: ContactEmail,
    /// The public part of the key of [`Auth::Jwt`]. Without it the certificate is uploaded in Setup.
    pub certificate: Option<Certificate>,
}

/// The address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactEmail(String);

/// The name of a user in production, such as `scrubber@acme.com`; a sandbox's copy has `.SANDBOX` behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Username(String);

/// Not a method for which there is something to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be jwt or client-credentials: the other ways to log in need no app of yours, or don't outlive a refresh")]
pub struct UnknownAuth;

/// Neither an address nor a name of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must look like name@acme.com, in at most 80 characters, without quotation marks")]
pub struct InvalidAddress;

impl Auth {
    /// Its name, as everywhere in relay-scrub.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Jwt => "jwt",
            Self::ClientCredentials => "client-credentials",
        }
    }
}

impl FromStr for Auth {
    type Err = UnknownAuth;

    fn from_str(text: &str) -> Result<Self, UnknownAuth> {
        [Self::Jwt, Self::ClientCredentials].into_iter().find(|auth| auth.as_str() == text).ok_or(UnknownAuth)
    }
}

/// Takes what both an address and a user name look like, without quotation marks and backslashes.
fn checked(text: &str) -> Result<String, InvalidAddress> {
    let plain = |character: char| character.is_ascii_alphanumeric() || ".!#$%&'*+-/=?^_{|}~".contains(character);
    let (name, domain) = text.split_once('@').ok_or(InvalidAddress)?;
    let is_name = !name.is_empty() && name.chars().all(plain);
    let is_domain = domain.contains('.') && domain.split('.').all(|part| !part.is_empty() && part.chars().all(plain));
    if is_name && is_domain && text.len() <= 80 { Ok(text.to_string()) } else { Err(InvalidAddress) }
}

impl FromStr for ContactEmail {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        checked(text).map(Self)
    }
}

impl FromStr for Username {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        checked(text).map(Self)
    }
}

impl fmt::Display for ContactEmail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Username {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_name_and_a_domain() {
        for text in ["a@b.c", "o'neil&co@acme.com", "scrubber@acme.com.uat"] {
            assert!(text.parse::<Username>().is_ok() && text.parse::<ContactEmail>().is_ok(), "{text}");
        }
        let long = format!("{}@acme.com", "a".repeat(80));
        for text in
            ["", "a", "a@b", "@b.c", "a@", "a@.c", "a@b.", "a b@c.d", "a@b@c.d", "ä@b.c", "a@b.c\n", "a\"@b.c", &long]
        {
            assert_eq!(text.parse::<Username>(), Err(InvalidAddress), "{text}");
        }
    }
}
