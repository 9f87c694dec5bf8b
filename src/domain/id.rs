//! Salesforce's record ids, and the org's own.

use std::fmt;
use std::str::FromStr;

/// The alphabet of the three check characters that turn 15 characters into 18.
const CHECK_ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345";

/// A record's id in its 18-character form.
///
/// Ids are given in 15 case-sensitive characters, or in 18 whose last three carry the case of the others.
/// Both forms of one id are equal here. It holds ASCII letters and digits only, so it can stand in a query.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordId(Box<str>);

/// The id of an org (`Organization.Id`), which begins with `00D`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrgId(RecordId);

/// Why a text is not an id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidId {
    /// Neither 15 nor 18 characters, or not letters and digits.
    #[error("an id is 15 or 18 letters and digits")]
    Shape,
    /// The last three of 18 characters don't fit the first 15: a character or its case is wrong.
    #[error("its last three characters don't fit the others: is a letter, or its case, wrong?")]
    Check,
    /// An org's id begins with `00D`.
    #[error("an org's id begins with 00D")]
    NotAnOrg,
}

impl RecordId {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 15 characters, which are enough to tell two ids apart.
    pub fn short(&self) -> &str {
        &self.0[..15]
    }
}

impl FromStr for RecordId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = matches!(text.len(), 15 | 18) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !fits {
            return Err(InvalidId::Shape);
        }
        let (id, check) = text.split_at(15);
        let expected = check_characters(id);
        if !check.is_empty() && !check.eq_ignore_ascii_case(&expected) {
            return Err(InvalidId::Check);
        }
        Ok(Self(format!("{id}{expected}").into()))
    }
}

/// Three characters, one for each five of the id: bit n is set where character n is upper case.
fn check_characters(id: &str) -> String {
    id.as_bytes()
        .chunks(5)
        .map(|five| {
            let bits = five.iter().rev().fold(0, |bits, byte| bits << 1 | usize::from(byte.is_ascii_uppercase()));
            char::from(CHECK_ALPHABET[bits])
        })
        .collect()
}

impl OrgId {
    /// The 18 characters.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for OrgId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let id: RecordId = text.parse()?;
        if id.as_str().starts_with("00D") { Ok(Self(id)) } else { Err(InvalidId::NotAnOrg) }
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for OrgId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_of_an_id_are_equal() {
        // The pair of forms that Salesforce's own documentation of ids gives.
        let short: RecordId = "001A0000006Vm9r".parse().expect("15 characters");
        let long: RecordId = "001A0000006Vm9rIAC".parse().expect("18 characters");
        assert_eq!(short, long);
        assert_eq!(short.as_str(), "001A0000006Vm9rIAC");
        assert_eq!(long.short(), "001A0000006Vm9r");
    }

    #[test]
    fn an_id_with_a_wrong_letter_is_told() {
        assert_eq!("001A0000006Vm9RIAC".parse::<RecordId>(), Err(InvalidId::Check));
        assert_eq!("001A0000006Vm9".parse::<RecordId>(), Err(InvalidId::Shape));
        assert_eq!("001A0000006Vm'r".parse::<RecordId>(), Err(InvalidId::Shape));
        assert_eq!("001A0000006Vm9é".parse::<RecordId>(), Err(InvalidId::Shape));
        assert_eq!("001A0000006Vm9r".parse::<OrgId>(), Err(InvalidId::NotAnOrg));
    }
}
