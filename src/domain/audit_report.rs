//! What an audit of several orgs found, and the exit code that follows from it.

use std::time::Duration;

use jiff::Timestamp;

use super::finding::{Finding, Gap, Level};
use super::org::Org;
use super::report::{Failure, Warning};
use super::trouble::Trouble;

/// The report of an audit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditReport {
    /// Names the run in logs and reports.
    pub run_id: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// What was looked at beyond the orgs themselves.
    pub scope: Scope,
    /// One for each org, in the order asked for.
    pub orgs: Vec<OrgAudit>,
}

/// What a run looks at beyond the orgs themselves, by its flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The domains' records in DNS.
    pub dns: bool,
    /// What the relays answer.
    pub relays: bool,
    /// Mails that went through a relay.
    pub messages: bool,
}

/// What was found of one org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgAudit {
    /// The org's name in the configuration, or its host.
    pub target: String,
    /// The org as it described itself, once it has.
    pub org: Option<Org>,
    /// The API version in use, once it is known.
    pub api_version: Option<String>,
    /// What every check found, at least one finding each; none where the org was not looked at.
    pub findings: Vec<Finding>,
    /// HTTP requests sent to this org, retries among them.
    pub api_requests: u32,
    /// How long it took.
    pub duration: Duration,
    /// What the user should know although it is no failure.
    pub warnings: Vec<Warning>,
    /// Why it was not looked at.
    pub error: Option<Failure>,
}

/// What became of an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditOutcome {
    /// It was looked at, whatever was found.
    Audited,
    /// It could not be looked at.
    Failed,
    /// The guard refused.
    Refused,
    /// It was not begun.
    NotRun,
}

impl OrgAudit {
    /// The report of an org that was not looked at.
    pub fn failed(target: String, failure: Failure) -> Self {
        Self {
            target,
            org: None,
            api_version: None,
            findings: Vec::new(),
            api_requests: 0,
            duration: Duration::ZERO,
            warnings: Vec::new(),
            error: Some(failure),
        }
    }

    /// What became of it.
    pub fn outcome(&self) -> AuditOutcome {
        match self.error.as_ref().map(|error| &error.trouble) {
            None => AuditOutcome::Audited,
            Some(Trouble::Refused(_)) => AuditOutcome::Refused,
            Some(Trouble::Interrupted) if self.org.is_none() => AuditOutcome::NotRun,
            Some(_) => AuditOutcome::Failed,
        }
    }

    /// True if it was looked at.
    pub fn was_audited(&self) -> bool {
        self.outcome() == AuditOutcome::Audited
    }

    /// How many findings satisfy a test of their level.
    pub fn count(&self, test: impl Fn(Level) -> bool) -> usize {
        self.findings.iter().filter(|finding| test(finding.level)).count()
    }
}

impl AuditReport {
    /// How many orgs have this outcome.
    pub fn count(&self, outcome: AuditOutcome) -> usize {
        self.orgs.iter().filter(|org| org.outcome() == outcome).count()
    }

    /// True if every org was looked at, and nothing kept a check from being made that this run was to make.
    pub fn is_complete(&self) -> bool {
        let hindered = |org: &OrgAudit| org.count(|level| level == Level::NotChecked(Gap::Hindered)) > 0;
        self.orgs.iter().all(|org| org.was_audited() && !hindered(org))
    }

    /// What became of the run as a whole: the gravest of its orgs' outcomes; nothing where there was none.
    pub fn gravest(&self) -> Option<AuditOutcome> {
        let all = [AuditOutcome::Refused, AuditOutcome::Failed, AuditOutcome::NotRun, AuditOutcome::Audited];
        all.into_iter().find(|outcome| self.count(*outcome) > 0)
    }

    /// The exit code of the run: the gravest of its orgs wins (3, 1, 10, 0). `gate` is `--fail-on`.
    pub fn exit_code(&self, gate: Option<Level>) -> u8 {
        let any = |outcome| self.count(outcome) > 0;
        let gated = |least| self.orgs.iter().any(|org| org.count(|level| level.reaches(least)) > 0);
        if any(AuditOutcome::Refused) {
            3
        } else if any(AuditOutcome::Failed) || any(AuditOutcome::NotRun) {
            1
        } else if gate.is_some_and(gated) {
            10
        } else {
            0
        }
    }
}
