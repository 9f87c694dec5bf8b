//! The type of everything that must never be seen.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// No flag, name or word has so many letters and digits in a row.
const LONGEST_WORD: usize = 31;

/// A password, token, key or client secret.
///
/// It has no Display, no Deref and no Serialize, its Debug says nothing, and its memory is wiped when it is dropped.
/// [`Secret::expose`] is called on the line that sends it, and nowhere else.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret in.
    pub fn new(text: String) -> Self {
        Self(text.into())
    }

    /// The secret itself.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// True if a text that was given as something else looks like a secret, and must not be repeated.
///
/// It knows Salesforce's tokens, keys in PEM, addresses, for they may hold a password or a session, and what is too long
/// for a word.
pub fn looks_like_one(text: &str) -> bool {
    let mut words = text.split(|character: char| !character.is_ascii_alphanumeric());
    let token = text.contains("00D") && text.contains('!') || text.contains("5Aep");
    token || text.contains("-----BEGIN") || text.contains("://") || words.any(|word| word.len() > LONGEST_WORD)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_from_names() {
        let long = "a1B2".repeat(8);
        for secret in ["00D5e000000abcD!AQ", "5Aep861x", "-----BEGIN X-----", "https://u:p@acme.com", &long] {
            assert!(looks_like_one(secret), "{secret}");
        }
        for name in ["uat", "--client-secret-file", "00D5e000000abcDEAQ", "eu-dev.of-the-second-of-our-companies", ""] {
            assert!(!looks_like_one(name), "{name}");
        }
    }
}
