//! The version of Salesforce's API.

use std::fmt;
use std::str::FromStr;

/// A version of Salesforce's REST API, such as 68.0 (Winter '27).
///
/// At least [`ApiVersion::LOWEST`]: `EmailRelay.AuthType` came with 52.0, and before 51.0 `IsRequireAuth` could not
/// be updated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(u16);

/// Why a text is not a usable API version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidApiVersion {
    /// Not of the form `NN.0`.
    #[error("an API version looks like 68.0")]
    Shape,
    /// A version that can't clear a relay.
    #[error("the API version must be at least 52.0: earlier ones can't clear a relay")]
    TooLow,
}

impl ApiVersion {
    /// The lowest version that can clear a relay.
    pub const LOWEST: Self = Self(52);
    /// The version used unless another is asked for.
    pub const DEFAULT: Self = Self(68);
    /// The lowest version for the classes that `setup` writes.
    ///
    /// `WITH SYSTEM_MODE` and `as system` are of 57.0, External Client Apps with a certificate of 60.0.
    pub const LOWEST_OF_CLASSES: Self = Self(60);
}

impl FromStr for ApiVersion {
    type Err = InvalidApiVersion;

    fn from_str(text: &str) -> Result<Self, InvalidApiVersion> {
        let number = text.strip_suffix(".0").unwrap_or(text);
        let plain = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse() {
            Ok(version) if plain && version >= Self::LOWEST.0 => Ok(Self(version)),
            Ok(_) if plain => Err(InvalidApiVersion::TooLow),
            _ => Err(InvalidApiVersion::Shape),
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.0", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_versions_below_the_lowest_are_refused() {
        assert_eq!("68.0".parse(), Ok(ApiVersion(68)));
        assert_eq!("68".parse(), Ok(ApiVersion(68)));
        assert_eq!("51.0".parse::<ApiVersion>(), Err(InvalidApiVersion::TooLow));
        for text in ["", "v68.0", "68.1", "+68", "68.0/../..", "99999"] {
            assert_eq!(text.parse::<ApiVersion>(), Err(InvalidApiVersion::Shape), "{text}");
        }
    }
}
