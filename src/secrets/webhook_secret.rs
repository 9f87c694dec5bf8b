//! The secret that two sides of a webhook share.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::secret::Secret;

/// What it begins with, so that people and secret scanners know it.
const PREFIX: &str = "whsec_";
/// How many bytes it has. <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
const LENGTH: std::ops::RangeInclusive<usize> = 24..=64;

/// A secret that webhooks are signed with, as the Standard Webhooks specification has it: `whsec_`, then base64 of 24 to
/// 64 bytes.
#[derive(Clone, Debug)]
pub struct WebhookSecret(Secret);

impl WebhookSecret {
    /// The secrets of a text, separated by blanks: several while one is rotated. At least one.
    ///
    /// # Errors
    /// What is wrong, without the text.
    pub fn parse_all(text: &Secret) -> Result<Vec<Self>, String> {
        let secrets: Vec<Self> = text.expose().split_whitespace().map(Self::parse).collect::<Result<_, _>>()?;
        if secrets.is_empty() { Err("is empty".into()) } else { Ok(secrets) }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let bytes = text.strip_prefix(PREFIX).and_then(|base64| STANDARD.decode(base64).ok());
        match bytes {
            Some(bytes) if LENGTH.contains(&bytes.len()) => Ok(Self(Secret::new(text.to_string()))),
            _ => Err(format!(
                "must be {PREFIX} and base64 of {} to {} bytes, or several such separated by blanks: `echo \
                 {PREFIX}$(openssl rand -base64 32)` makes one",
                LENGTH.start(),
                LENGTH.end()
            )),
        }
    }

    /// The secret, its prefix included.
    pub fn secret(&self) -> &Secret {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn parse(text: &str) -> Result<usize, String> {
        WebhookSecret::parse_all(&Secret::new(text.into())).map(|secrets| secrets.len())
    }

    #[test]
    fn several_secrets_are_separated_by_blanks() {
        assert_eq!(parse(ONE), Ok(1));
        assert_eq!(parse(&format!("  {ONE}\n{ONE} ")), Ok(2));
    }

    #[test]
    fn a_secret_that_guards_nothing_is_refused_and_not_repeated() {
        let long = format!("whsec_{}", STANDARD.encode([b'x'; 65]));
        let bare = ONE.trim_start_matches(PREFIX);
        for wrong in ["whsec_", "whsec_cGxhbnRlZA==", "whsec_not base64", &long, bare, &format!("{ONE} whsec_planted")]
        {
            let error = parse(wrong).expect_err(wrong);
            assert!(error.starts_with("must be whsec_ and base64 of 24 to 64 bytes"), "{error}");
            assert!(!error.contains("planted"), "{error}");
        }
        assert_eq!(parse("  \n"), Err("is empty".into()));
    }
}
