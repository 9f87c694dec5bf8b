//! What is wrong with the settings, all of it at once.

use std::fmt;

use super::source::Source;

/// Everything that is wrong with flags, environment and file; nothing was contacted.
///
/// The caller shows it and ends with exit code 2. No text in it repeats a value that may be a secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfigErrors {
    problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The org that it concerns, where it concerns one alone.
    pub org: Option<String>,
    /// Where the setting came from, where it is about one that was given.
    pub source: Option<Source>,
    /// What is wrong, and what to do.
    pub text: String,
}

impl ConfigErrors {
    /// The problems, in the order in which they were found.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    pub(super) fn is_empty(&self) -> bool {
        self.problems.is_empty()
    }

    /// Adds a problem that concerns the whole run.
    pub(super) fn add(&mut self, source: impl Into<Option<Source>>, text: impl Into<String>) {
        self.push(Problem { org: None, source: source.into(), text: text.into() });
    }

    /// Adds what was found wrong elsewhere.
    pub(super) fn extend(&mut self, others: ConfigErrors) {
        others.problems.into_iter().for_each(|problem| self.push(problem));
    }

    /// Adds a problem of one org. Met again at another one, it is a problem of the whole run.
    pub(super) fn add_for(&mut self, org: &str, source: impl Into<Option<Source>>, text: impl Into<String>) {
        self.push(Problem { org: Some(org.to_string()), source: source.into(), text: text.into() });
    }

    fn push(&mut self, new: Problem) {
        let same = |old: &&mut Problem| old.source.is_some() && old.source == new.source && old.text == new.text;
        match self.problems.iter_mut().find(same) {
            Some(old) if old.org == new.org => {}
            Some(old) => old.org = None,
            None => self.problems.push(new),
        }
    }

    /// The problems of each org together, those of the whole run first.
    fn grouped(&self) -> Vec<(Option<&str>, Vec<&Problem>)> {
        let mut groups: Vec<(Option<&str>, Vec<&Problem>)> = vec![(None, Vec::new())];
        for problem in &self.problems {
            match groups.iter_mut().find(|(org, _)| *org == problem.org.as_deref()) {
                Some((_, problems)) => problems.push(problem),
                None => groups.push((problem.org.as_deref(), vec![problem])),
            }
        }
        groups.retain(|(_, problems)| !problems.is_empty());
        groups
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "{source}: {}", self.text),
            None => f.write_str(&self.text),
        }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [only] = self.problems.as_slice() {
            return match &only.org {
                Some(org) => write!(f, "{org}: {only}"),
                None => write!(f, "{only}"),
            };
        }
        write!(f, "{} problems, and no org was contacted:", self.problems.len())?;
        for (org, problems) in self.grouped() {
            let indent = if let Some(org) = org {
                write!(f, "\n  {org}:")?;
                "    "
            } else {
                "  "
            };
            for problem in problems {
                write!(f, "\n{indent}{}", problem.to_string().replace('\n', &format!("\n{indent}")))?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_are_grouped_by_org_and_a_shared_one_is_told_once() {
        let mut errors = ConfigErrors::default();
        errors.add_for("uat", Source::Flag("--jwt-key-file"), "is empty");
        errors.add_for("uat", None, "first\n  detail");
        errors.add_for("dev", Source::Flag("--jwt-key-file"), "is empty");
        errors.add_for("dev", None, "second");
        insta::assert_snapshot!(errors, @"
        3 problems, and no org was contacted:
          --jwt-key-file: is empty
          uat:
            first
              detail
          dev:
            second
        ");
    }

    #[test]
    fn a_single_problem_is_one_line() {
        let mut errors = ConfigErrors::default();
        errors.add_for("uat", Source::Flag("--auth"), "is empty");
        assert_eq!(errors.to_string(), "uat: --auth: is empty");
    }
}
