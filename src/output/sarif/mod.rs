//! What is wrong at the end of a run, as SARIF 2.1.0, which code scanning reads.
//!
//! Only what is wrong is a finding: a relay that was cleared is none, and code scanning then closes the one of before. So
//! an org that could not be read is a finding too; its silence would close all that were known of it.

mod log;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use self::log::{
    ArtifactLocation, AutomationDetails, Configuration, Driver, Finding, Invocation, Level, Location, Log,
    LogicalLocation, Message, PhysicalLocation, Region, Rule, RuleProperties, Run, Tool,
};
use super::words::{foreign, label};
use super::{junit, sentence};
use crate::domain::report::{FleetReport, OrgReport, RecordReport, RecordResult};

/// An org lies in no file, and GitHub shows no finding without one: this is the file that names the orgs.
const FILE: &str = "relay-scrub.toml";

/// A kind of finding: its id, level, what it says, and what to do.
struct Kind {
    id: &'static str,
    level: Level,
    says: &'static str,
    help: &'static str,
}

/// What a scrub and its dry run can find. A finding names its kind by the index here.
const KINDS: [Kind; 4] = [
    Kind {
        id: "exposed-relay",
        level: Level::Error,
        says: "An email relay of a sandbox holds credentials of production.",
        help: "Clear it: relay-scrub scrub ORG",
    },
    Kind {
        id: "relay-not-rewritten",
        level: Level::Warning,
        says: "An email relay that shows no credential was to be rewritten, and was not: it may still hold a password.",
        help: "Run it again: relay-scrub scrub ORG --every-relay",
    },
    Kind {
        id: "org-not-done",
        level: Level::Error,
        says: "An org could not be scrubbed, or not to the end; what it holds may be unknown.",
        help: "relay-scrub login --check ORG says where it ends and what to do.",
    },
    Kind {
        id: "not-seen",
        level: Level::Note,
        says: "An org may hold a credential that was not seen.",
        help: "The finding says why. relay-scrub scrub ORG --every-relay rewrites passwords that no query shows.",
    },
];
/// The warnings that tell of credentials which may be there.
const UNSEEN: [&str; 2] = ["password_unknowable", "unknown_credential_fields"];

const EXPOSED: usize = 0;
const NOT_REWRITTEN: usize = 1;
const ORG_NOT_DONE: usize = 2;
const NOT_SEEN: usize = 3;

/// Writes the findings, indented, with a line break at the end. No `##[` is written, as in [`super::json::write`].
///
/// # Errors
/// Those of `out`.
pub fn write(report: &FleetReport, tool_version: &str, out: &mut impl Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(&log(report, tool_version))?;
    writeln!(out, "{}", text.replace("##[", "##\\u005b"))
}

fn log(report: &FleetReport, tool_version: &str) -> Log {
    let driver = Driver {
        name: "relay-scrub",
        semantic_version: tool_version.into(),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules: KINDS.iter().map(rule).collect(),
    };
    let run = Run {
        tool: Tool { driver },
        automation_details: AutomationDetails { id: format!("{}{}", category(report), report.run_id) },
        invocations: [Invocation {
            execution_successful: report.orgs.iter().all(OrgReport::succeeded),
            start_time_utc: report.started_at.to_string(),
            end_time_utc: report.finished_at.to_string(),
        }],
        results: report.orgs.iter().flat_map(findings).collect(),
    };
    Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] }
}

/// What a later run has to share for its findings to replace those of this one: the orgs that were looked at, by whichever
/// of dry run and scrub. Were it less, a run of one org would close what is known of all the others.
fn category(report: &FleetReport) -> String {
    let mut targets: Vec<&str> = report.orgs.iter().map(|org| org.target.as_str()).collect();
    targets.sort_unstable();
    format!("relay-scrub/relays/{}/", digest(&targets.join("\n")))
}

/// Sixteen digits that stand for a text.
fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail; the same holds below.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn rule(kind: &Kind) -> Rule {
    Rule {
        id: kind.id.into(),
        short_description: Message { text: kind.says.into() },
        help: Message { text: kind.help.into() },
        default_configuration: Configuration { level: kind.level },
        properties: RuleProperties { tags: ["security"] },
    }
}

fn findings(org: &OrgReport) -> Vec<Finding> {
    let mut findings: Vec<Finding> = org.records.iter().filter_map(|record| relay_finding(org, record)).collect();
    if !org.succeeded() {
        let standing = sentence::standing(org);
        let text = match sentence::failure(org) {
            Some((message, hint)) => format!("{} {message} {standing} {hint}", sentence::failure_word(org.outcome)),
            None => standing,
        };
        let code = org.error.as_ref().map_or("", |error| error.trouble.code());
        findings.push(finding(ORG_NOT_DONE, org, "", text, [("error", code.to_string())]));
    }
    let warnings = org.warnings.iter().filter(|warning| UNSEEN.contains(&&*warning.code));
    findings.extend(warnings.map(|warning| {
        finding(NOT_SEEN, org, &warning.code, foreign(&warning.message), [("warning", warning.code.to_string())])
    }));
    findings
}

/// A finding of a record that holds something at the end, or may.
fn relay_finding(org: &OrgReport, record: &RecordReport) -> Option<Finding> {
    let kind = match (record.result, record.exposed) {
        (RecordResult::Cleared | RecordResult::Gone, _) | (RecordResult::WouldClear, false) => return None,
        (RecordResult::WouldClear | RecordResult::Failed | RecordResult::NotAttempted, true) => EXPOSED,
        (RecordResult::Failed | RecordResult::NotAttempted, false) => NOT_REWRITTEN,
    };
    let mut text = format!("The relay {} holds: {}.", label(record), junit::held(record));
    if let Some((word, rest)) = sentence::record_note(org, record) {
        let _ = write!(text, " {word} {rest}");
    }
    let properties = [("object", foreign(&record.object)), ("record", record.id.to_string())];
    Some(finding(kind, org, &record.id.to_string(), text, properties))
}

/// A finding about `subject` in an org, which is the same one in a later run if kind, org and subject are.
fn finding<const N: usize>(
    kind: usize,
    org: &OrgReport,
    subject: &str,
    text: String,
    properties: [(&'static str, String); N],
) -> Finding {
    let target = foreign(&org.target);
    let identity = format!("{}\n{target}\n{subject}", KINDS[kind].id);
    let digest = digest(&identity);
    let name = if subject.is_empty() { target.clone() } else { format!("{target}/{subject}") };
    let mut all = BTreeMap::from([("org", target.clone())]);
    all.extend(org.org.iter().map(|known| ("org_id", known.id.to_string())));
    all.extend(properties);
    Finding {
        rule_id: KINDS[kind].id.into(),
        rule_index: kind,
        level: KINDS[kind].level,
        message: Message { text: format!("{target}: {text}") },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: FILE },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation { fully_qualified_name: name, kind: "resource" }],
        }],
        // The name is the one that GitHub looks for; the number tells apart what has the same digest, which nothing has.
        partial_fingerprints: BTreeMap::from([("primaryLocationLineHash", format!("{digest}:1"))]),
        properties: all,
    }
}
