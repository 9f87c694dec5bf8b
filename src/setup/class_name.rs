//! The name of the class that is written.

use std::fmt;
use std::str::FromStr;

/// The longest that Salesforce takes, less the `Test` of the test class.
const LONGEST: usize = 40 - TEST.len();

/// What the test class is called after its class.
const TEST: &str = "Test";

/// Words of Apex that name no class.
///
/// The reserved words of the Apex Developer Guide.
const RESERVED: &str = "abstract activate and any array as asc autonomous begin bigdecimal blob boolean break bulk by byte \
    case cast catch char class collect commit const continue currency date datetime decimal default delete desc do double \
    else end enum exception exit export extends false final finally float for from global goto group having hint if \
    implements import in inner insert instanceof int integer interface into join like limit list long loop map merge new \
    not null nulls number object of on or outer override package parallel pragma private protected public retrieve \
    return rollback select set short sobject sort static string super switch synchronized system testmethod then this \
    throw time transaction trigger true try undelete update upsert using virtual void webservice when where while";

/// Names that the written classes use themselves: a class of one of these names would take its place in them.
pub(super) const USED: &str = "Again Answer Blob Boolean Call CalloutException Crypto Database EmailRelay EncodingUtil \
    Exception FailedException FakeOrg Http HttpCalloutMock HttpRequest HttpResponse Id Integer JSON List LoggingLevel \
    Math NotASandboxException OrgAccess Organization Queueable QueueableContext SandboxContext SandboxPostCopy Set \
    String System Test UserInfo";

/// The name of an Apex class, whose test class can be named after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassName(String);

/// Why a text can't be the name of the class.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidClassName {
    /// Not what Salesforce takes as a name.
    #[error(
        "a class name begins with a letter, has letters, digits and single underscores only, and does not end with \
             an underscore"
    )]
    Shape,
    /// Too long.
    #[error("a class name has at most {LONGEST} characters here, so that the name of its test class fits")]
    TooLong,
    /// A word of the language, or a name that the class itself uses.
    #[error("the name already means something in Apex, or in the class that is written: choose another")]
    Taken,
}

impl ClassName {
    /// The name used unless another is asked for.
    pub const DEFAULT: &str = "RelayScrubPostCopy";

    /// The name of the class.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name of its test class.
    pub fn test(&self) -> String {
        format!("{self}{TEST}")
    }
}

impl FromStr for ClassName {
    type Err = InvalidClassName;

    fn from_str(text: &str) -> Result<Self, InvalidClassName> {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
        if !plain || !begins || text.contains("__") || text.ends_with('_') {
            return Err(InvalidClassName::Shape);
        }
        if text.len() > LONGEST {
            return Err(InvalidClassName::TooLong);
        }
        let is_taken = |word: &str| word.eq_ignore_ascii_case(text);
        if RESERVED.split_whitespace().chain(USED.split_whitespace()).any(is_taken) {
            return Err(InvalidClassName::Taken);
        }
        Ok(Self(text.to_string()))
    }
}

impl fmt::Display for ClassName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> InvalidClassName {
        text.parse::<ClassName>().expect_err(text)
    }

    #[test]
    fn a_class_name_is_one_that_salesforce_takes() {
        for text in ["RelayScrubPostCopy", "A", "a_1", &"a".repeat(LONGEST)] {
            assert_eq!(text.parse::<ClassName>().map(|name| name.to_string()), Ok(text.to_string()));
        }
        for text in ["", "1a", "_a", "a_", "a__b", "a-b", "a.b", "a b", "Ä", "a'b", "../a", "a\n"] {
            assert_eq!(error(text), InvalidClassName::Shape, "{text}");
        }
        assert_eq!(error(&"a".repeat(LONGEST + 1)), InvalidClassName::TooLong);
    }

    #[test]
    fn a_class_takes_no_name_that_it_needs_itself() {
        for text in ["class", "Trigger", "system", "HTTP", "json", "EmailRelay", "call", "List"] {
            assert_eq!(error(text), InvalidClassName::Taken, "{text}");
        }
    }
}
