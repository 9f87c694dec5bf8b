//! What is wrong at the end of a run, as SARIF 2.1.0, which code scanning reads.
//!
//! Code scanning closes what a later run of the same category does not find again. So whatever was not seen must be told,
//! and runs that look at other things have another category.

pub mod audit;
mod log;
mod relays;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::io::{self, Write};

use sha2::{Digest, Sha256};

use self::log::{
    ArtifactLocation, AutomationDetails, Driver, Finding, Invocation, Level, Location, Log, LogicalLocation, Message,
    PhysicalLocation, Region, Rule, Run, Tool,
};
use super::words::foreign;
use crate::domain::org::Org;

pub use self::relays::write;

/// An org lies in no file, and GitHub shows no finding without one: this is the file that names the orgs.
const FILE: &str = "relay-scrub.toml";

/// Writes a run, indented, with a line break at the end. No `##[` is written, as in [`super::json::write`].
fn write_log(
    tool_version: &str,
    rules: Vec<Rule>,
    id: String,
    invocation: Invocation,
    mut results: Vec<Finding>,
    out: &mut impl Write,
) -> io::Result<()> {
    number(&mut results);
    let driver = Driver {
        name: "relay-scrub",
        semantic_version: tool_version.into(),
        information_uri: env!("CARGO_PKG_REPOSITORY"),
        rules,
    };
    let run =
        Run { tool: Tool { driver }, automation_details: AutomationDetails { id }, invocations: [invocation], results };
    let log = Log { schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
    let text = serde_json::to_string_pretty(&log)?;
    writeln!(out, "{}", text.replace("##[", "##\\u005b"))
}

/// Sixteen digits that stand for a text.
fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(8).fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail; the same holds below.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// What a finding is about.
#[derive(Clone, Copy)]
struct Subject<'a> {
    target: &'a str,
    org: Option<&'a Org>,
    /// What of the org; empty for the org itself.
    name: &'a str,
}

/// A finding about a subject, which is the same one in a later run if rule, org and subject are.
fn finding<const N: usize>(
    (rule_id, rule_index): (&str, Option<usize>),
    level: Level,
    subject: Subject<'_>,
    text: &str,
    properties: [(&'static str, String); N],
) -> Finding {
    let (target, name) = (foreign(subject.target), foreign(subject.name));
    let identity = digest(&format!("{rule_id}\n{target}\n{name}"));
    let full_name = if name.is_empty() { target.clone() } else { format!("{target}/{name}") };
    let mut all = BTreeMap::from([("org", target.clone())]);
    all.extend(subject.org.map(|known| ("org_id", known.id.to_string())));
    all.extend(properties);
    Finding {
        rule_id: rule_id.into(),
        rule_index,
        level,
        message: Message { text: format!("{target}: {text}") },
        locations: [Location {
            physical_location: PhysicalLocation {
                artifact_location: ArtifactLocation { uri: FILE },
                region: Region { start_line: 1 },
            },
            logical_locations: [LogicalLocation { fully_qualified_name: full_name, kind: "resource" }],
        }],
        partial_fingerprints: BTreeMap::from([(FINGERPRINT, identity)]),
        properties: all,
    }
}

/// The fingerprint that GitHub looks for.
const FINGERPRINT: &str = "primaryLocationLineHash";

/// Tells apart findings of the same digest, such as those of two relays with one host and port, by a number behind it.
fn number(findings: &mut [Finding]) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for print in findings.iter_mut().filter_map(|finding| finding.partial_fingerprints.get_mut(FINGERPRINT)) {
        let number = seen.entry(print.clone()).or_default();
        *number += 1;
        let _ = write!(print, ":{number}");
    }
}
