//! The type of everything that must never be seen.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

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

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}
