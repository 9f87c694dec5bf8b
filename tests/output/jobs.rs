//! Jobs of the service as text, at a fixed time.

use jiff::Timestamp;
use relay_scrub::output::job_v1::Job;
use relay_scrub::output::text::TextStyle;
use relay_scrub::output::{jobs, kept, told};
use serde_json::{Value, json};

use super::{as_json, one, sample, samples};

fn now() -> Timestamp {
    "2026-11-23T09:00:00Z".parse().expect("a time")
}

/// A job that waits for its first attempt, with some of it otherwise.
fn job(changes: Value) -> Job {
    let mut job = json!({
        "id": "01JDB3Q0Z5W8K6M4N2P7R9T1V3", "sandbox": "uat", "organization_id": "00D5e000000abcDEAQ",
        "sandbox_id": "07E5e000000wxyzEAA", "state": "waiting", "needs_attention": false, "attempts": 0,
        "deliveries": 1, "accepted_at": "2026-11-23T08:59:00Z", "due_at": "2026-11-23T08:59:00Z",
        "give_up_at": "2026-11-26T08:59:00Z", "finished_at": null, "outcome": null, "reason": null
    });
    for (field, value) in changes.as_object().expect("fields") {
        job[field] = value.clone();
    }
    serde_json::from_value(job).expect("a job")
}

/// A job of each sort.
fn each() -> Vec<Job> {
    let reason = json!({
        "code": "permission_missing",
        "message": "the user cannot see EmailRelay, which takes Email Administration, Customize Application, View Setup \
                    and Configuration",
        "hint": "In Setup, give the user a permission set with API Enabled and the permissions named; a refresh puts \
                 permissions back to production's."
    });
    let ended = "2026-11-23T06:00:00Z";
    let report = |org| serde_json::from_str::<Value>(&as_json(&one(org))).expect("JSON");
    vec![
        job(json!({})),
        job(json!({"attempts": 3, "due_at": "2026-11-23T09:12:00Z", "deliveries": 2})),
        job(json!({"attempts": 3, "due_at": "2026-11-23T09:45:00Z", "needs_attention": true, "reason": reason,
                   "outcome": "failed", "report": report(sample::failed())})),
        job(json!({"state": "running", "sandbox": "production", "attempts": 2, "due_at": null,
                   "report": report(sample::cleared())})),
        job(json!({"state": "done", "attempts": 1, "due_at": null, "finished_at": ended, "outcome": "cleared",
                   "report": report(sample::cleared()),
                   "warnings": [{"code": "password_unknowable", "message": "1 relay may still hold a password"}]})),
        job(json!({"state": "refused", "sandbox": "prod", "attempts": 1, "due_at": null, "finished_at": ended,
                   "outcome": "refused", "reason": {"code": "not_a_sandbox", "message": "Acme is production",
                                                   "hint": "Look first at who called"}})),
        job(json!({"state": "dead", "attempts": 70, "due_at": null, "finished_at": ended, "outcome": "failed",
                   "reason": reason})),
        job(json!({"state": "cancelled", "due_at": null, "finished_at": ended})),
    ]
}

fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    write(&mut out).expect("a Vec takes everything");
    String::from_utf8(out).expect("UTF-8")
}

const PLAIN: TextStyle = TextStyle { color: false, width: 80 };

#[test]
fn the_list_of_jobs_reads_well_at_80_columns() {
    insta::assert_snapshot!("jobs_list", text(|out| jobs::write_list(&each(), now(), PLAIN, out)));
}

#[test]
fn each_sort_of_job_reads_well_at_80_columns() {
    let shown = each().iter().map(|job| text(|out| jobs::write_job(job, now(), PLAIN, out))).collect::<Vec<_>>();
    insta::assert_snapshot!("jobs_show", shown.join("\n--------\n\n"));
}

#[test]
fn a_kept_report_tells_what_it_told_when_it_was_made() {
    for org in samples().orgs {
        let text = as_json(&one(org.clone()));
        let read = kept::read(&serde_json::from_str(&text).expect("JSON")).expect("a report");
        assert!(text.contains(&format!("\"finished_at\": \"{}\"", read.ended_at)), "{text}");
        let read = read.org;
        assert_eq!(told::tell(&read), told::tell(&org), "{text}");
        assert_eq!((read.outcome, read.records, read.warnings), (org.outcome, org.records, org.warnings));
    }
}

#[test]
fn after_a_defect_of_our_own_a_kept_report_takes_nothing_for_granted() {
    use relay_scrub::domain::report::Failure;
    use relay_scrub::domain::trouble::Trouble;
    let mut org = sample::failed();
    org.error = Some(Failure::new(Trouble::Internal, "the work on this org panicked"));
    let read = kept::read(&serde_json::from_str(&as_json(&one(org))).expect("JSON")).expect("a report");
    assert_eq!(told::tell(&read.org).standing, "What was done is not known.");
}

#[test]
fn what_is_no_report_of_one_org_is_not_read_as_one() {
    let two = as_json(&samples());
    let other = as_json(&one(sample::cleared())).replace("relay-scrub/report/v1", "relay-scrub/report/v2");
    for text in [two.as_str(), other.as_str(), "{}", "[]", "null", "\"x\""] {
        assert!(kept::read(&serde_json::from_str(text).expect("JSON")).is_none(), "{text}");
    }
}

#[test]
fn a_text_from_outside_cannot_steer_a_terminal_that_shows_a_job() {
    let evil = "\u{1b}[31m\u{7}\n::error::\u{202e}";
    let reason = json!({"code": evil, "message": evil, "hint": evil});
    let job = job(json!({"sandbox": evil, "sandbox_id": evil, "reason": reason, "outcome": evil, "state": "done"}));
    for text in [
        text(|out| jobs::write_list(std::slice::from_ref(&job), now(), PLAIN, out)),
        text(|out| jobs::write_job(&job, now(), PLAIN, out)),
    ] {
        assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']) && !text.contains("\n::"), "{text:?}");
    }
}
