//! What became of each org, and the judgement on it: the one place that can say "clean" or "cleared".

use std::borrow::Cow;
use std::time::Duration;

use jiff::Timestamp;

use super::diff::Change;
use super::id::RecordId;
use super::org::Org;
use super::plan::{Decision, Plan, Policy, Step, plan};
use super::record::Record;
use super::rule::Rule;
use super::trouble::Trouble;

/// The report of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetReport {
    /// Names the run in logs and reports.
    pub run_id: String,
    /// What kind of run it was.
    pub mode: Mode,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// One for each org, in the order asked for.
    pub orgs: Vec<OrgReport>,
}

/// What kind of run it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Clears.
    Scrub,
    /// Says what would be cleared.
    DryRun,
}

/// What became of one org.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrgReport {
    /// The org's name in the configuration, or its host.
    pub target: String,
    /// The org as it described itself, once it has.
    pub org: Option<Org>,
    /// The API version in use, once it is known.
    pub api_version: Option<String>,
    /// The result.
    pub outcome: Outcome,
    /// Whether reading again found nothing exposed; nothing where there was no reading again.
    pub verified: Option<bool>,
    /// The records that were to be cleared, and any found exposed when read again.
    pub records: Vec<RecordReport>,
    /// The other records that were read, by the last reading: not exposed, and left as they are.
    pub left: Vec<LeftRecord>,
    /// How many records the org holds, exposed or not.
    pub records_read: usize,
    /// HTTP requests sent for this org, retries among them.
    pub api_requests: u32,
    /// How long it took.
    pub duration: Duration,
    /// What the user should know although it is no failure.
    pub warnings: Vec<Warning>,
    /// Why it did not succeed.
    pub error: Option<Failure>,
}

/// The result for an org.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing was exposed.
    Clean,
    /// What was to be cleared was, and reading again found nothing exposed.
    Cleared,
    /// A dry run found something to clear.
    WouldClear,
    /// It did not work, or something is still exposed.
    Failed,
    /// The guard refused.
    Refused,
    /// It was not begun.
    NotRun,
}

/// What became of one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordReport {
    /// The rule's name.
    pub rule: String,
    /// The rule's object.
    pub object: String,
    /// The record.
    pub id: RecordId,
    /// What tells a person which record it is.
    pub about: Vec<(String, String)>,
    /// True if the rule's condition selected it.
    pub exposed: bool,
    /// The result.
    pub result: RecordResult,
    /// What clearing changes, masked.
    pub changes: Vec<Change>,
    /// Why it failed, in Salesforce's words.
    pub error: Option<String>,
}

/// A record that the rule's condition does not select, and that nothing was done to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftRecord {
    /// The rule's object.
    pub object: String,
    /// The record.
    pub id: RecordId,
    /// What tells a person which record it is.
    pub about: Vec<(String, String)>,
}

/// The result for a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecordResult {
    /// Cleared, and read back so.
    Cleared,
    /// A dry run would clear it.
    WouldClear,
    /// It is exposed, or not known to be otherwise, after an attempt to clear it.
    Failed,
    /// No attempt was made, so it is as it was.
    NotAttempted,
    /// Somebody deleted it meanwhile.
    Gone,
}

/// Something the user should know although it is no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Stable name.
    pub code: Cow<'static, str>,
    /// One sentence.
    pub message: String,
}

/// Why an org did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What kind of failure it is, with its code and hint.
    pub trouble: Trouble,
    /// What happened.
    pub message: String,
    /// How long Salesforce asked to wait, where it did.
    pub retry_after: Option<Duration>,
    /// What to do next, where that is another thing than after a run by hand.
    pub advice: Option<&'static str>,
}

/// How an attempt to write ended for one record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// Salesforce said that it was changed.
    Yes,
    /// Salesforce rejected it, in its own words.
    No(String),
    /// The answer was lost: only reading again can tell.
    Unknown,
    /// No request was sent for it.
    NotSent,
}

/// The judgement on an org after it was read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// True if reading again found nothing exposed and nothing failed.
    pub verified: bool,
    /// Each record of the plan, then those that are exposed and were not in it.
    pub records: Vec<RecordReport>,
    /// All others that were read again.
    pub left: Vec<LeftRecord>,
}

/// Holds a plan, and what was heard about each of its writes, against what was read again.
///
/// What was read decides first, whatever the writes answered: exposed is failed, absent is gone. Not exposed is cleared
/// where the write's own answer says so, or where it was lost and the record was exposed before: then the write must have
/// done it. Of a record that our write did not change, somebody else's hand took the credentials that can be seen, and the
/// password that can't be is still there. A record that is exposed now and was not in the plan is not attempted.
pub fn verify(rule: &Rule, policy: Policy, plan_made: &Plan, written: &[Written], again: &[Record]) -> Verdict {
    let now = plan(rule, policy, again);
    let find = |id: &RecordId| now.steps.iter().find(|step| &step.record == id);
    let planned = plan_made.clears().zip(written).map(|(step, written)| {
        let now = find(&step.record);
        let result = judge(rule, step, written, now);
        let error = match (result, written) {
            (RecordResult::Failed, Written::No(_) | Written::NotSent) if is_exposed(Some(step)) && !is_exposed(now) => {
                Some(not_rewritten(written))
            }
            (RecordResult::Failed, Written::No(reason)) => Some(reason.clone()),
            (RecordResult::Failed, Written::Yes) => {
                Some("Salesforce said it was changed; read again, it is exposed".into())
            }
            (RecordResult::Failed, _) => Some("no answer to the write that can be trusted was received".into()),
            _ => None,
        };
        RecordReport { error, ..record_report(plan_made, step, result) }
    });
    let known = |id: &RecordId| plan_made.clears().any(|step| &step.record == id);
    let newly_exposed = now
        .steps
        .iter()
        .filter(|step| step.decision == Decision::ClearExposed && !known(&step.record))
        .map(|step| record_report(&now, step, RecordResult::NotAttempted));
    let records: Vec<_> = planned.chain(newly_exposed).collect();
    let settled = |record: &RecordReport| matches!(record.result, RecordResult::Cleared | RecordResult::Gone);
    let left = now.steps.iter().filter(|step| step.decision != Decision::ClearExposed && !known(&step.record));
    let left = left.map(|step| left_record(&now, step)).collect();
    Verdict { verified: now.exposed() == 0 && records.iter().all(settled), records, left }
}

fn judge(rule: &Rule, before: &Step, written: &Written, now: Option<&Step>) -> RecordResult {
    if now.is_none() {
        return RecordResult::Gone;
    }
    let was_exposed = is_exposed(Some(before));
    match (is_exposed(now), written) {
        (true, Written::NotSent) => RecordResult::NotAttempted,
        (true, _) => RecordResult::Failed,
        (false, Written::Yes) => RecordResult::Cleared,
        (false, Written::Unknown) if was_exposed => RecordResult::Cleared,
        // What can be read is all that there is to clear, whoever did it.
        (false, _) if was_exposed && !rule.has_unreadable_field() => RecordResult::Cleared,
        (false, Written::NotSent) if !was_exposed => RecordResult::NotAttempted,
        (false, Written::No(_) | Written::NotSent | Written::Unknown) => RecordResult::Failed,
    }
}

fn is_exposed(step: Option<&Step>) -> bool {
    step.is_some_and(|step| step.decision == Decision::ClearExposed)
}

/// Why a record that is exposed no longer is not cleared either.
fn not_rewritten(written: &Written) -> String {
    let start = "no longer exposed, but its password was not rewritten";
    match written {
        Written::No(reason) => format!("{start}: {reason}"),
        _ => start.into(),
    }
}

/// The records of a plan whose writes could not be held against a reading: nothing is cleared that was not read back.
pub fn unverified(plan: &Plan, written: &[Written]) -> Vec<RecordReport> {
    let report = |(step, written): (&Step, &Written)| {
        let (result, error) = match written {
            Written::Yes => (RecordResult::Failed, Some("changed, but it could not be read again".into())),
            Written::No(reason) => (RecordResult::Failed, Some(reason.clone())),
            Written::Unknown => {
                (RecordResult::Failed, Some("no answer to the write that can be trusted was received".into()))
            }
            Written::NotSent => (RecordResult::NotAttempted, None),
        };
        RecordReport { error, ..record_report(plan, step, result) }
    };
    plan.clears().zip(written).map(report).collect()
}

/// The records of a plan that were all left at the same result: a dry run's, or those of a run that ended early.
pub fn untouched(plan: &Plan, result: RecordResult) -> Vec<RecordReport> {
    plan.clears().map(|step| record_report(plan, step, result)).collect()
}

/// The records that a plan leaves as they are.
pub fn left(plan: &Plan) -> Vec<LeftRecord> {
    let left = plan.steps.iter().filter(|step| step.decision == Decision::Leave);
    left.map(|step| left_record(plan, step)).collect()
}

fn left_record(plan: &Plan, step: &Step) -> LeftRecord {
    LeftRecord { object: plan.object.clone(), id: step.record.clone(), about: step.about.clone() }
}

fn record_report(plan: &Plan, step: &Step, result: RecordResult) -> RecordReport {
    RecordReport {
        rule: plan.rule.clone(),
        object: plan.object.clone(),
        id: step.record.clone(),
        about: step.about.clone(),
        exposed: step.decision == Decision::ClearExposed,
        result,
        changes: step.changes.clone(),
        error: None,
    }
}

impl Outcome {
    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Cleared => "cleared",
            Self::WouldClear => "would_clear",
            Self::Failed => "failed",
            Self::Refused => "refused",
            Self::NotRun => "not_run",
        }
    }
}

impl OrgReport {
    /// The report of an org that was not begun.
    pub fn not_run(target: String, failure: Failure) -> Self {
        Self {
            target,
            org: None,
            api_version: None,
            outcome: Outcome::NotRun,
            verified: None,
            records: Vec::new(),
            left: Vec::new(),
            records_read: 0,
            api_requests: 0,
            duration: Duration::ZERO,
            warnings: Vec::new(),
            error: Some(failure),
        }
    }

    /// How many records were exposed.
    pub fn exposed(&self) -> usize {
        self.records.iter().filter(|record| record.exposed).count()
    }

    /// Whether what was to be done here was done.
    pub fn succeeded(&self) -> bool {
        matches!(self.outcome, Outcome::Clean | Outcome::Cleared | Outcome::WouldClear)
    }

    /// Whether its records were read: only then does finding none exposed mean that none is.
    pub fn was_read(&self) -> bool {
        self.succeeded() || self.records_read > 0 || !self.records.is_empty()
    }

    /// How many records have this result.
    pub fn count(&self, result: RecordResult) -> usize {
        self.records.iter().filter(|record| record.result == result).count()
    }
}

impl FleetReport {
    /// How many orgs have this outcome.
    pub fn count(&self, outcome: Outcome) -> usize {
        self.orgs.iter().filter(|org| org.outcome == outcome).count()
    }

    /// The outcome that counts for the run: the gravest of its orgs. Nothing where there is no org.
    pub fn gravest(&self) -> Option<Outcome> {
        let gravity =
            [Outcome::Refused, Outcome::Failed, Outcome::NotRun, Outcome::WouldClear, Outcome::Cleared, Outcome::Clean];
        gravity.into_iter().find(|outcome| self.count(*outcome) > 0)
    }

    /// The exit code of the run: the gravest of its orgs wins (3, 1, 10, 0).
    ///
    /// `gate` is `--detailed-exitcode`: a dry run that found something to clear is then 10.
    pub fn exit_code(&self, gate: bool) -> u8 {
        match self.gravest() {
            Some(Outcome::Refused) => 3,
            Some(Outcome::Failed | Outcome::NotRun) => 1,
            Some(Outcome::WouldClear) if gate => 10,
            Some(Outcome::WouldClear | Outcome::Cleared | Outcome::Clean) | None => 0,
        }
    }
}

impl Failure {
    /// A failure of this kind, with what happened in words.
    pub fn new(trouble: Trouble, message: impl Into<String>) -> Self {
        Self { trouble, message: message.into(), retry_after: None, advice: None }
    }

    /// What to do next, in one or two sentences.
    pub fn hint(&self) -> String {
        self.advice.map_or_else(|| self.trouble.hint(), str::to_string)
    }
}
