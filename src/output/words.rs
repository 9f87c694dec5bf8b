//! The small words of the output: labels, counted nouns, durations, and text from outside made safe for a line.

use std::time::Duration;

use crate::domain::diff::Seen;
use crate::domain::org::OrgKind;
use crate::domain::printable::printable;
use crate::domain::report::{Outcome, RecordReport};
use crate::domain::rule::{Noun, Rule};

/// A text from outside, fit for a line of text.
///
/// Beyond [`printable`], it cannot become a command to the runner of GitHub Actions, which reads every line of a job's
/// output: `::name::` at the start of a line, which a word can reach by wrapping, and `##[name]` anywhere
/// (`ActionCommand.cs` in `actions/runner`). A space inside breaks both. An IPv6 address (`::1`) stays whole.
pub(super) fn foreign(text: &str) -> String {
    printable(text).replace("##[", "## [").split_inclusive(char::is_whitespace).map(defuse).collect()
}

fn defuse(word: &str) -> String {
    match word.strip_prefix("::") {
        Some(rest) if rest.starts_with(|first: char| first.is_ascii_alphabetic()) => format!(": :{rest}"),
        _ => word.to_string(),
    }
}

/// How the records are called. There is one rule so far, so there is one noun.
pub(super) fn noun() -> Noun {
    Rule::email_relay().noun
}

/// "1 org", "2 orgs": for what the product itself counts.
pub(super) fn count(number: usize, one: &str) -> String {
    format!("{number} {one}{}", if number == 1 { "" } else { "s" })
}

/// "is" or "are".
pub(super) fn is(number: usize) -> &'static str {
    if number == 1 { "is" } else { "are" }
}

/// "was" or "were".
pub(super) fn was(number: usize) -> &'static str {
    if number == 1 { "was" } else { "were" }
}

/// A text that ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let text = text.trim_end();
    let ended = text.ends_with(['.', '!', '?', '…']);
    format!("{text}{}", if ended { "" } else { "." })
}

/// What kind of org it is, as a person says it.
pub(super) fn kind(kind: OrgKind) -> &'static str {
    match kind {
        OrgKind::Sandbox => "sandbox",
        OrgKind::Scratch => "scratch org",
        OrgKind::Production => "production",
        OrgKind::DeveloperEdition => "Developer Edition",
        OrgKind::Trial => "trial org",
    }
}

/// The outcome as a person says it, where several orgs are counted.
pub(super) fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Clean => "clean",
        Outcome::Cleared => "cleared",
        Outcome::WouldClear => "to clear",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
        Outcome::NotRun => "not run",
    }
}

/// The outcome as the JSON report has it.
pub(super) fn code(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Clean => "clean",
        Outcome::Cleared => "cleared",
        Outcome::WouldClear => "would_clear",
        Outcome::Failed => "failed",
        Outcome::Refused => "refused",
        Outcome::NotRun => "not_run",
    }
}

/// Every outcome, in the order in which they are counted up.
pub(super) const OUTCOMES: [Outcome; 6] =
    [Outcome::Clean, Outcome::Cleared, Outcome::WouldClear, Outcome::Failed, Outcome::Refused, Outcome::NotRun];

/// A value of a field: nothing and the unreadable in brackets, so that no user name looks like them.
pub(super) fn seen(value: &Seen) -> String {
    match value {
        Seen::Nothing => "(none)".into(),
        Seen::Boolean(value) => value.to_string(),
        Seen::Text(text) => foreign(text),
        Seen::WriteOnly => "(unreadable)".into(),
    }
}

/// Which record it is, as `Host:Port (TlsSetting)`; its object where it says nothing of the sort.
pub(super) fn label(record: &RecordReport) -> String {
    label_of(&record.object, &record.about)
}

/// As [`label`], of a record of this object of which this is known.
pub(super) fn label_of(object: &str, about: &[(String, String)]) -> String {
    let about = |name: &str| about.iter().find(|(field, _)| field == name).map(|(_, value)| foreign(value));
    let host = about("Host").unwrap_or_else(|| foreign(object));
    let port = about("Port").map(|port| format!(":{port}")).unwrap_or_default();
    let tls = about("TlsSetting").map(|tls| format!(" ({tls})")).unwrap_or_default();
    format!("{host}{port}{tls}")
}

/// What a record held when it was read: "IsRequireAuth true, Username sm…@acme.com, Password (unreadable)".
pub(super) fn held(record: &RecordReport) -> String {
    let changes = record.changes.iter();
    let changes = changes.map(|change| format!("{} {}", foreign(&change.field), seen(&change.before)));
    changes.collect::<Vec<_>>().join(", ")
}

/// The host of an address, without scheme and path.
pub(super) fn host(instance_url: &str) -> String {
    let rest = instance_url.split_once("://").map_or(instance_url, |(_, rest)| rest);
    foreign(rest.split('/').next().unwrap_or(rest))
}

/// A duration in the unit that fits: "40 ms", "0.4 s", "12 s", "2 min 5 s".
pub(super) fn duration(duration: Duration) -> String {
    let (milliseconds, seconds) = (duration.as_millis(), duration.as_secs());
    match milliseconds {
        0..95 => format!("{milliseconds} ms"),
        95..10_000 => format!("{:.1} s", duration.as_secs_f64()),
        10_000..60_000 => format!("{seconds} s"),
        _ => format!("{} min {} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_cannot_command_a_github_runner() {
        assert_eq!(foreign("::error::gone"), ": :error::gone");
        assert_eq!(foreign("a \u{200b}::stop-commands::x"), "a : :stop-commands::x");
        assert_eq!(foreign("a ##[add-mask]e"), "a ## [add-mask]e");
        assert_eq!(foreign("mail at ::1 and 2001:db8::1"), "mail at ::1 and 2001:db8::1");
    }

    #[test]
    fn durations_are_said_in_the_unit_that_fits() {
        let table = [
            (40, "40 ms"),
            (412, "0.4 s"),
            (9_940, "9.9 s"),
            (10_000, "10 s"),
            (12_400, "12 s"),
            (59_999, "59 s"),
            (125_000, "2 min 5 s"),
        ];
        for (milliseconds, said) in table {
            assert_eq!(duration(Duration::from_millis(milliseconds)), said);
        }
    }

    #[test]
    fn a_sentence_ends_once() {
        assert_eq!(sentence("it failed"), "it failed.");
        assert_eq!(sentence("Did it fail? "), "Did it fail?");
    }

    #[test]
    fn a_host_is_read_from_an_address_with_or_without_a_scheme() {
        assert_eq!(host("https://acme--uat.sandbox.my.salesforce.com/"), "acme--uat.sandbox.my.salesforce.com");
        assert_eq!(host("127.0.0.1:8080"), "127.0.0.1:8080");
    }
}
