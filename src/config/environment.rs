//! The environment variables that mean something here.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use crate::secrets::Secret;

/// The variable that CI systems set.
const CI: &str = "CI";
/// What GitHub's runner sets to `true`, and to the files that each step adds its summary and its outputs to.
const GITHUB: &str = "GITHUB_ACTIONS";
const GITHUB_SUMMARY: &str = "GITHUB_STEP_SUMMARY";
const GITHUB_OUTPUT: &str = "GITHUB_OUTPUT";

/// What the names of variables begin with that are kept; the others, but those of pipelines, are none of our business.
const PREFIXES: [&str; 2] = ["RELAY_SCRUB_", "SF_"];

/// The environment as it was when the program started.
///
/// Some of its values are secrets, so its Debug shows names alone.
#[derive(Clone, Default)]
pub struct Environment(BTreeMap<String, Value>);

#[derive(Clone)]
enum Value {
    Text(Secret),
    NotUnicode,
}

impl Environment {
    /// Takes the variables in, as `std::env::vars_os` gives them.
    ///
    /// A variable without a value is one that is not set: CI systems hand over empty ones for what they don't know.
    pub fn new<Name, Text>(variables: impl IntoIterator<Item = (Name, Text)>) -> Self
    where
        Name: Into<OsString>,
        Text: Into<OsString>,
    {
        let kept = variables.into_iter().filter_map(|(name, text)| {
            let name = name.into().into_string().ok()?;
            if ![CI, GITHUB, GITHUB_SUMMARY, GITHUB_OUTPUT].contains(&name.as_str())
                && !PREFIXES.iter().any(|prefix| name.starts_with(prefix))
            {
                return None;
            }
            let value = match text.into().into_string() {
                Ok(text) if text.trim().is_empty() => return None,
                Ok(text) => Value::Text(Secret::new(text)),
                Err(_) => Value::NotUnicode,
            };
            Some((name, value))
        });
        Self(kept.collect())
    }

    /// The variable's value without the blanks around it, where it is set and is text.
    pub(super) fn get(&self, variable: &str) -> Option<&str> {
        match self.0.get(variable)? {
            Value::Text(text) => Some(text.expose().trim()),
            Value::NotUnicode => None,
        }
    }

    /// True in a pipeline, where there is nobody to ask: `CI` is set, and is not `false`.
    pub fn is_ci(&self) -> bool {
        self.get(CI).is_some_and(|value| !value.eq_ignore_ascii_case("false"))
    }

    /// True inside GitHub Actions.
    pub fn is_github(&self) -> bool {
        self.get(GITHUB) == Some("true")
    }

    /// The file that a step of GitHub Actions adds its summary to.
    pub fn github_summary(&self) -> Option<&Path> {
        self.get(GITHUB_SUMMARY).map(Path::new)
    }

    /// The file that a step of GitHub Actions adds its outputs to.
    pub fn github_output(&self) -> Option<&Path> {
        self.get(GITHUB_OUTPUT).map(Path::new)
    }

    /// Whether the variable is set.
    pub(super) fn has(&self, variable: &str) -> bool {
        self.0.contains_key(variable)
    }

    /// The variables of this program whose values are not text and can't be used, by name.
    pub(super) fn not_unicode(&self) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(|(name, value)| matches!(value, Value::NotUnicode) && name.starts_with(PREFIXES[0]))
            .map(|(name, _)| name.as_str())
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_one_that_is_not_set() {
        let environment = Environment::new([("RELAY_SCRUB_AUTH", " \n"), ("SF_ACCESS_TOKEN", " x\n"), ("HOME", "/h")]);
        assert_eq!(environment.get("RELAY_SCRUB_AUTH"), None);
        assert_eq!(environment.get("SF_ACCESS_TOKEN"), Some("x"));
        assert_eq!(environment.get("HOME"), None);
    }

    #[test]
    fn no_value_is_shown_by_debug() {
        let environment = Environment::new([("SF_ACCESS_TOKEN", "planted")]);
        assert_eq!(format!("{environment:?}"), r#"{"SF_ACCESS_TOKEN"}"#);
    }

    #[cfg(unix)]
    #[test]
    fn a_value_that_is_no_text_is_told_of_by_name() {
        use std::os::unix::ffi::OsStringExt;
        let value = OsString::from_vec(vec![0xff]);
        let environment = Environment::new([("RELAY_SCRUB_AUTH", value.clone()), ("SF_LOG", value)]);
        assert_eq!(environment.not_unicode().collect::<Vec<_>>(), ["RELAY_SCRUB_AUTH"]);
        assert_eq!(environment.get("RELAY_SCRUB_AUTH"), None);
    }
}
