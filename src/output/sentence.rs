//! What is said of an org, and of a run, in sentences; text, step summary and annotations share them.

use super::tally::Tally;
use super::words::{OUTCOMES, count, duration, foreign, is, noun, outcome, sentence, was};
use crate::domain::report::{FleetReport, Mode, OrgReport, Outcome, RecordReport, RecordResult};
use crate::domain::trouble::Trouble;

/// How an org that did not succeed is told from others at the start of its reason.
pub(super) fn failure_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Refused => "Refused:",
        Outcome::NotRun => "Not run:",
        _ => "Failed:",
    }
}

/// Where an org stands at the end, in a sentence or two.
pub(super) fn standing(org: &OrgReport) -> String {
    let tally = Tally::of(org);
    match org.outcome {
        Outcome::Clean => clean(tally.total),
        Outcome::WouldClear => {
            format!(
                "Would clear {} of {}{}. Nothing was written.",
                tally.would_clear,
                noun().count(tally.total),
                unseen(tally, "show")
            )
        }
        Outcome::Cleared => cleared(org, tally),
        Outcome::Failed | Outcome::Refused | Outcome::NotRun if org.records.is_empty() => untouched(org),
        Outcome::Failed | Outcome::Refused | Outcome::NotRun => aftermath(tally),
    }
}

fn clean(total: usize) -> String {
    match total {
        0 => format!("This org has no {}.", noun().many),
        1 => format!("1 {}, and it is not exposed.", noun().one),
        _ => format!("{}, none is exposed.", noun().count(total)),
    }
}

fn cleared(org: &OrgReport, tally: Tally) -> String {
    let start = format!("Cleared {} of {}{}", tally.cleared, noun().count(tally.total), unseen(tally, "showed"));
    let gone = match tally.gone {
        0 => String::new(),
        gone => format!("; {gone} {} deleted meanwhile", was(gone)),
    };
    match org.verified {
        Some(true) if tally.gone == 0 => format!("{start}, read again, none is exposed."),
        Some(true) => format!("{start}{gone}; read again, none is exposed."),
        // The judgement never calls an org cleared without this; a renderer must not claim it all the same.
        _ => format!("{start}{gone}; not read again."),
    }
}

fn unseen(tally: Tally, verb: &str) -> String {
    match tally.unseen {
        0 => String::new(),
        1 => format!(" (1 of them {verb}{} no credential)", if verb == "show" { "s" } else { "" }),
        several => format!(" ({several} of them {verb} no credential)"),
    }
}

/// Of an org that did not succeed and has no record to tell of: none was found, so no write was ever sent. After a
/// defect of our own nothing is taken for granted.
fn untouched(org: &OrgReport) -> String {
    if org.error.as_ref().is_some_and(|error| error.trouble == Trouble::Internal) {
        "What was done is not known.".into()
    } else if org.api_requests == 0 {
        "No request was sent.".into()
    } else {
        "Nothing was written.".into()
    }
}

/// What was done and what is left, of an org that did not succeed.
fn aftermath(tally: Tally) -> String {
    let relays = noun().count(tally.total);
    let left = [
        (tally.still_exposed, format!("{} still exposed", is(tally.still_exposed))),
        (tally.unknown, "may still be exposed".to_string()),
        (tally.not_rewritten, "may still hold a password".to_string()),
        (tally.gone, format!("{} deleted meanwhile", was(tally.gone))),
    ];
    let left: Vec<_> =
        left.iter().filter(|(number, _)| *number > 0).map(|(number, what)| format!("{number} {what}")).collect();
    match (tally.tried, left.is_empty()) {
        (0, false) => format!("Nothing was written; of {relays}, {}.", left.join(", ")),
        (0, true) => "Nothing was written.".into(),
        (_, false) => format!("Cleared {} of {relays}; {}.", tally.cleared, left.join(", ")),
        (_, true) => format!("Cleared {} of {relays}.", tally.cleared),
    }
}

/// What it cost, where anything was sent: "4 requests, 0.4 s."
pub(super) fn cost(org: &OrgReport) -> Option<String> {
    let requests = usize::try_from(org.api_requests).unwrap_or(usize::MAX);
    (requests > 0).then(|| format!("{}, {}.", count(requests, "request"), duration(org.duration)))
}

/// What became of one record, where it is more than its diff says: a word, and what follows it.
pub(super) fn record_note(org: &OrgReport, record: &RecordReport) -> Option<(&'static str, String)> {
    let because = |otherwise: &str| sentence(&record.error.as_deref().map_or_else(|| otherwise.into(), foreign));
    match record.result {
        RecordResult::Failed if org.verified.is_none() => {
            Some(("Failed:", because("it was not read again, so it may still be exposed")))
        }
        RecordResult::Failed => Some(("Failed:", because("no reason was given"))),
        RecordResult::NotAttempted => Some(("Not attempted:", because("it is as it was"))),
        RecordResult::Gone => Some(("Gone:", "somebody deleted it meanwhile.".into())),
        RecordResult::Cleared if !record.exposed => {
            Some(("Showed no credential;", "rewritten for a password that no query shows.".into()))
        }
        RecordResult::WouldClear if !record.exposed => {
            Some(("Shows no credential;", "would be rewritten for a password that no query shows.".into()))
        }
        RecordResult::Cleared | RecordResult::WouldClear => None,
    }
}

/// A run of several orgs in one line: "4 orgs: 1 clean, 3 cleared. 3 relays exposed, 3 cleared."
pub(super) fn summary(report: &FleetReport) -> String {
    let outcomes: Vec<_> = OUTCOMES
        .into_iter()
        .map(|each| (report.count(each), outcome(each)))
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{number} {word}"))
        .collect();
    let orgs = count(report.orgs.len(), "org");
    let start = if outcomes.is_empty() { orgs } else { format!("{orgs}: {}", outcomes.join(", ")) };
    format!("{start}.{}", relays(report))
}

fn relays(report: &FleetReport) -> String {
    let tally = Tally::of_all(&report.orgs);
    let all_clean = !report.orgs.is_empty() && report.count(Outcome::Clean) == report.orgs.len();
    let written = report.mode == Mode::Scrub;
    let mut parts = Vec::new();
    match tally.exposed {
        0 if all_clean => parts.push(format!("No {} is exposed", noun().one)),
        0 => {}
        exposed => parts.push(format!("{} exposed", noun().count(exposed))),
    }
    let mut add = |number: usize, what: &str| {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    };
    add(tally.cleared, "cleared");
    if written {
        add(tally.still_exposed, "still exposed");
        add(tally.unknown, "may still be exposed");
    }
    let relays = if parts.is_empty() { String::new() } else { format!(" {}.", parts.join(", ")) };
    if written { relays } else { format!("{relays} Nothing was written.") }
}

/// What happened to an org that did not succeed, and what to do next.
pub(super) fn failure(org: &OrgReport) -> Option<(String, String)> {
    org.error.as_ref().map(|error| (sentence(&foreign(&error.message)), foreign(&error.hint())))
}
