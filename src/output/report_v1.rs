//! The JSON report, version 1, as types. Fields may be added; none is renamed, removed or given another meaning.
//!
//! They are the format's own and not the domain's, so that a change within cannot change what others parse. The doc
//! comments on fields and values become the descriptions of the JSON Schema. They are read back from kept reports too.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a run of relay-scrub did, org by org.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "relay-scrub report, version 1", extend("$id" = "urn:relay-scrub:report:v1"))]
pub(super) struct Report {
    /// Name and version of this format.
    pub(super) schema: Schema,
    /// Names the run; the logs give it too.
    pub(super) run_id: String,
    /// The version of relay-scrub that wrote this.
    pub(super) tool_version: String,
    /// What kind of run it was.
    pub(super) mode: Mode,
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
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub(super) enum Schema {
    #[serde(rename = "relay-scrub/report/v1")]
    V1,
}

/// What kind of run it was.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Mode {
    /// Clears.
    Scrub,
    /// Says what would be cleared, and writes nothing.
    DryRun,
}

/// Counts over all orgs.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Summary {
    /// How many orgs were asked for.
    pub(super) orgs: usize,
    /// How many of them had nothing exposed.
    pub(super) clean: usize,
    /// How many were cleared, and read again with nothing exposed.
    pub(super) cleared: usize,
    /// How many a dry run would have cleared.
    pub(super) would_clear: usize,
    /// How many failed, or still have something exposed.
    pub(super) failed: usize,
    /// How many the guard refused.
    pub(super) refused: usize,
    /// How many were not begun.
    pub(super) not_run: usize,
    /// How many records were found exposed.
    pub(super) records_exposed: usize,
    /// How many records were cleared.
    pub(super) records_cleared: usize,
}

/// What became of one org.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "OrgReport")]
pub(super) struct OrgEntry {
    /// The org's name in the configuration, or its host.
    pub(super) target: String,
    /// The org as it described itself; null if it was not reached.
    pub(super) org: Option<Org>,
    /// The version of Salesforce's API that was used; null if none was.
    #[schemars(regex(pattern = r"^[0-9]+\.0$"))]
    pub(super) api_version: Option<String>,
    /// The result.
    pub(super) outcome: Outcome,
    /// Whether reading again found nothing exposed; null where there was no reading again.
    pub(super) verified: Option<bool>,
    /// How many records the org holds, exposed or not.
    pub(super) records_read: usize,
    /// The records that were to be cleared, and any found exposed when read again.
    pub(super) records: Vec<Record>,
    /// HTTP requests sent for this org, retries among them.
    pub(super) api_requests: u32,
    /// How long it took, in milliseconds.
    pub(super) duration_ms: u64,
    /// What you should know although it is no failure.
    pub(super) warnings: Vec<Warning>,
    /// Why it did not succeed; null if it did.
    pub(super) error: Option<Error>,
}

/// An org as it described itself.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Org {
    /// `Organization.Id`, 18 characters.
    #[schemars(regex(pattern = "^00D[0-9A-Za-z]{15}$"))]
    pub(super) id: String,
    /// `Organization.Name`.
    pub(super) name: String,
    /// What it is.
    pub(super) kind: OrgKind,
    /// `Organization.IsSandbox`.
    pub(super) is_sandbox: bool,
    /// The address that answered, without a path.
    pub(super) instance_url: String,
}

/// What an org is.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) enum OrgKind {
    /// A copy of production, made by a refresh.
    Sandbox,
    /// A scratch org.
    Scratch,
    /// A company's real org.
    Production,
    /// A free Developer Edition.
    DeveloperEdition,
    /// An org in its trial period.
    Trial,
}

/// The result for an org.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Outcome {
    /// Nothing was exposed.
    Clean,
    /// What was to be cleared was, and reading again found nothing exposed.
    Cleared,
    /// A dry run found something to clear.
    WouldClear,
    /// It did not work, or something is still exposed.
    Failed,
    /// The guard refused: not a sandbox, or not the one expected.
    Refused,
    /// It was not begun.
    NotRun,
}

/// What became of one record.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Record {
    /// The rule that selected it.
    pub(super) rule: String,
    /// API name of its object.
    pub(super) object: String,
    /// Its id, 18 characters.
    #[schemars(regex(pattern = "^[0-9A-Za-z]{18}$"))]
    pub(super) id: String,
    /// Fields that tell a person which record it is, those without a value left out.
    pub(super) about: BTreeMap<String, String>,
    /// True if the rule's condition selected it; false if only `--every-relay` did.
    pub(super) exposed: bool,
    /// The result.
    pub(super) result: RecordResult,
    /// What clearing changes, or would have changed.
    pub(super) changes: Vec<Change>,
    /// Why it failed, in Salesforce's words where it gave any; null if it did not fail.
    pub(super) error: Option<String>,
}

/// The result for a record.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum RecordResult {
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

/// One field before and after.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Change {
    /// API name of the field.
    pub(super) field: String,
    /// What it was: user names masked unless `--show-usernames` was given, `"write-only"` for what is never read.
    pub(super) before: Value,
    /// What clearing makes it.
    pub(super) after: Value,
}

/// A field's value as it may be shown.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Value {
    /// A checkbox.
    Boolean(bool),
    /// A text, masked where it is a user name, or `"write-only"`.
    Text(String),
    /// No value.
    Nothing(()),
}

/// Something you should know although it is no failure.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Warning {
    /// Stable name.
    pub(super) code: String,
    /// One sentence.
    pub(super) message: String,
}

/// Why an org did not succeed.
#[derive(Serialize, Deserialize, JsonSchema)]
pub(super) struct Error {
    /// Stable name of the kind of failure.
    pub(super) code: String,
    /// What happened.
    pub(super) message: String,
    /// What to do next.
    pub(super) hint: String,
}
