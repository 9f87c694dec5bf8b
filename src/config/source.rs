//! Where a setting came from, so that every message about it can say so.

use std::fmt;
use std::path::PathBuf;

/// Where a setting came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A flag of the command line, with its dashes.
    Flag(&'static str),
    /// An environment variable.
    Environment(String),
    /// A line of the configuration file.
    File {
        /// The file as it is shown: relative where it was found in the working directory.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// A value, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it came from.
    pub source: Source,
}

impl<T> Sourced<T> {
    /// A value of this source.
    pub fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Environment(variable) => f.write_str(variable),
            Self::File { path, line } => write!(f, "{} line {line}", path.display()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_shown_as_the_user_wrote_it() {
        assert_eq!(Source::Flag("--api-version").to_string(), "--api-version");
        assert_eq!(Source::Environment("RELAY_SCRUB_API_VERSION".into()).to_string(), "RELAY_SCRUB_API_VERSION");
        assert_eq!(Source::File { path: "relay-scrub.toml".into(), line: 12 }.to_string(), "relay-scrub.toml line 12");
    }
}
