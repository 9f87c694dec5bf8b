//! The JSON report of an audit, version 1, as types. Fields may be added; none is renamed, removed or given another
//! meaning. The doc comments become the descriptions of the JSON Schema.

use schemars::JsonSchema;
use serde::Serialize;

use super::report_v1::{Error, Org, Warning};

/// How the email relays of several orgs stand against Salesforce's advice.
#[derive(Serialize, JsonSchema)]
#[schemars(title = "relay-scrub audit, version 1", extend("$id" = "urn:relay-scrub:audit:v1"))]
pub(super) struct Report {
    /// Name and version of this format.
    pub(super) schema: Schema,
    /// Names the run; the logs give it too.
    pub(super) run_id: String,
    /// The version of relay-scrub that wrote this.
    pub(super) tool_version: String,
    /// When it began: RFC 3339, UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    pub(super) started_at: String,
    /// When it ended: RFC 3339, UTC, to the millisecond.
    #[schemars(extend("format" = "date-time"))]
    pub(super) finished_at: String,
    /// Counts over all orgs.
    pub(super) summary: Summary,
    /// One for each org, in the order asked for.
    pub(super) orgs: Vec<OrgEntry>,
}

/// Name and version of this format.
#[derive(Serialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum Schema {
    #[serde(rename = "relay-scrub/audit/v1")]
    V1,
}

/// Counts over all orgs.
#[derive(Serialize, JsonSchema)]
pub(super) struct Summary {
    /// How many orgs were asked for.
    pub(super) orgs: usize,
    /// How many of them were looked at.
    pub(super) audited: usize,
    /// How many could not be looked at.
    pub(super) failed: usize,
    /// How many the guard refused.
    pub(super) refused: usize,
    /// How many were not begun.
    pub(super) not_run: usize,
    /// How many findings there are of each level.
    pub(super) findings: Levels,
}

/// How many findings there are of each level.
#[derive(Serialize, JsonSchema)]
pub(super) struct Levels {
    /// Against the advice, with credentials or mail exposed or lost.
    pub(super) fail: usize,
    /// Against the advice.
    pub(super) warn: usize,
    /// Worth knowing.
    pub(super) info: usize,
    /// Not told, for the reason in `not_checked`.
    pub(super) not_checked: usize,
    /// As the advice wants it.
    pub(super) ok: usize,
    /// About nothing in this org.
    pub(super) not_applicable: usize,
}

/// What was found of one org.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "OrgAudit")]
pub(super) struct OrgEntry {
    /// The org's name in the configuration, or its host.
    pub(super) target: String,
    /// The org as it described itself; null if it was not reached.
    pub(super) org: Option<Org>,
    /// The version of Salesforce's API that was used; null if none was.
    #[schemars(regex(pattern = r"^[0-9]+\.0$"))]
    pub(super) api_version: Option<String>,
    /// What became of it.
    pub(super) outcome: Outcome,
    /// What every check found, at least one finding each, in the order of the checks; empty if it was not looked at.
    pub(super) findings: Vec<Finding>,
    /// HTTP requests sent to this org, retries among them.
    pub(super) api_requests: u32,
    /// How long it took, in milliseconds.
    pub(super) duration_ms: u64,
    /// What you should know although it is no finding.
    pub(super) warnings: Vec<Warning>,
    /// Why it was not looked at; null if it was.
    pub(super) error: Option<Error>,
}

/// What became of an org.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// It was looked at, whatever was found.
    Audited,
    /// It could not be looked at.
    Failed,
    /// The guard refused.
    Refused,
    /// It was not begun.
    NotRun,
}

/// What one check found, of the org as a whole or of one thing in it.
#[derive(Serialize, JsonSchema)]
pub(super) struct Finding {
    /// The check's stable name.
    #[schemars(regex(pattern = "^[a-z0-9-]+$"))]
    pub(super) check: String,
    /// How grave it is.
    pub(super) level: Level,
    /// Why it could not be told; null unless `level` is `not_checked`.
    pub(super) not_checked: Option<NotChecked>,
    /// Which relay, domain, address or message it is about; null for the org as a whole.
    pub(super) subject: Option<String>,
    /// What was seen, in a sentence; or why nothing was.
    pub(super) seen: String,
    /// What the advice is, and why.
    pub(super) advice: String,
    /// Where it is changed.
    pub(super) fix: String,
    /// The page that the advice is from.
    pub(super) link: String,
}

/// How grave a finding is.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Level {
    /// Against the advice, with credentials or mail exposed or lost.
    Fail,
    /// Against the advice.
    Warn,
    /// Worth knowing.
    Info,
    /// Not told, for the reason in `not_checked`.
    NotChecked,
    /// As the advice wants it.
    Ok,
    /// About nothing in this org.
    NotApplicable,
}

/// Why something could not be told.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum NotChecked {
    /// This run should have told it and could not: `--fail-on` counts it.
    Hindered,
    /// It takes a flag that was not given.
    NotAsked,
    /// Neither an API nor a look from outside tells it.
    Invisible,
}
