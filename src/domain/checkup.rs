//! What a doctor found of an org: the steps of a scrub that went well, and the first that did not.

use super::report::{Failure, Warning};

/// What is looked at, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The address is one that may be given a credential, and the host answers.
    Host,
    /// The login gives a token.
    Login,
    /// The org says that it is a sandbox, and is the one expected.
    Org,
    /// The user may see and change what is to be cleared.
    Records,
}

/// A step that went well, and what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// The step.
    pub step: Step,
    /// What was seen, in words.
    pub seen: String,
}

/// What the doctor found of one org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkup {
    /// The org's name in the configuration, or its host.
    pub target: String,
    /// The steps that went well.
    pub passed: Vec<Passed>,
    /// The first that did not, and why; there is none after it.
    pub failed: Option<(Step, Failure)>,
    /// What the user should know although it is no failure.
    pub warnings: Vec<Warning>,
}

impl Step {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Host => "host",
            Self::Login => "login",
            Self::Org => "org",
            Self::Records => "records",
        }
    }
}

/// An org as the settings and the keyring know it, for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name in the configuration, or its host.
    pub name: String,
    /// Its host, and port where that is not the standard one; nothing where it is not known.
    pub host: Option<String>,
    /// The user, where the method names one.
    pub user: Option<String>,
    /// How it logs in.
    pub method: Option<String>,
    /// Where its secret is.
    pub secret: Option<String>,
    /// Why it can't log in as things are, in one line or more.
    pub problem: Option<String>,
    /// What the doctor found, where he was asked.
    pub checkup: Option<Checkup>,
}
