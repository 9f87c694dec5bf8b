//! In a terminal a scrub shows what it would clear, asks once, and clears that and nothing else.

use relay_scrub::simulator::{Relay, SimulatedOrg, Simulator};

use crate::support::program::{exposed, is_cleared, sandbox};
use crate::support::terminal::Terminal;

const QUESTION: &str = "in this org? [y/N] ";

async fn org(relay: Relay) -> (Simulator, SimulatedOrg) {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(relay)).await.expect("an org");
    (simulator, org)
}

fn writes(org: &SimulatedOrg) -> usize {
    let patches = |seen: &relay_scrub::simulator::Seen| seen.subrequests.iter().any(|(method, _, _)| method == "PATCH");
    org.requests().iter().filter(|seen| patches(seen)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn yes_clears_what_was_shown() {
    let (_simulator, org) = org(exposed()).await;
    let mut terminal = Terminal::scrub(&org, &[], &[]);
    let shown = terminal.wait_for(QUESTION);
    assert!(shown.contains("Would clear 1 of 1 relay") && shown.contains("Clear 1 relay"), "{shown}");
    assert_eq!(writes(&org), 0, "nothing is written before the answer");
    terminal.enter("y\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("read again, none is exposed"), "{shown}");
    assert!(org.relays().iter().all(is_cleared));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_writes_nothing_and_ends_with_one_where_something_is_exposed() {
    for answer in ["n\n", "\n", "nonsense\n", "\u{4}"] {
        let (_simulator, org) = org(exposed()).await;
        let mut terminal = Terminal::scrub(&org, &[], &[]);
        terminal.wait_for(QUESTION);
        terminal.enter(answer);
        let (code, shown) = terminal.end();
        assert_eq!(code, 1, "{answer:?} {shown}");
        assert!(shown.contains("Nothing was written."), "{shown}");
        assert_eq!(writes(&org), 0);
        assert!(!org.relays().iter().any(is_cleared));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_org_is_not_asked_about() {
    let (_simulator, org) = org(Relay::clean("smtp.acme.com")).await;
    let (code, shown) = Terminal::scrub(&org, &[], &[]).end();
    assert_eq!(code, 0, "{shown}");
    assert!(!shown.contains("[y/N]"), "{shown}");
    assert_eq!(org.requests().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_changed_since_it_was_shown_is_shown_and_asked_again() {
    let (_simulator, org) = org(exposed()).await;
    let mut terminal = Terminal::scrub(&org, &[], &[]);
    terminal.wait_for(QUESTION);
    org.put_relay(Relay::exposed("new.acme.com", "new@acme.com", "new-password"));
    terminal.enter("y\n");
    let shown = terminal.wait_for(QUESTION);
    assert!(shown.contains("not what was shown") && shown.contains("new.acme.com"), "{shown}");
    assert_eq!(writes(&org), 0, "what was not shown is not written");
    terminal.enter("y\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, 0, "{shown}");
    assert!(org.relays().iter().all(is_cleared));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_asked_where_it_was_said_that_nobody_should_be() {
    let cases = [(vec!["--yes"], vec![]), (vec!["--json"], vec![]), (vec![], vec![("CI", "true")])];
    for (arguments, variables) in cases {
        let (_simulator, org) = org(exposed()).await;
        let (code, shown) = Terminal::scrub(&org, &arguments, &variables).end();
        assert_eq!(code, 0, "{shown}");
        assert!(!shown.contains("[y/N]"), "{shown}");
        assert!(org.relays().iter().all(is_cleared), "{arguments:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_that_would_not_be_seen_ends_the_run_before_anything_is_contacted() {
    let (_simulator, org) = org(exposed()).await;
    for told_otherwise in ["", "--yes", "--dry-run", "--json"] {
        let folder = tempfile::tempdir().expect("a folder");
        let before = org.requests().len();
        let (code, shown) = Terminal::scrub_with_errors_elsewhere(&org, told_otherwise, folder.path()).end();
        let errors = std::fs::read_to_string(folder.path().join("errors.log")).expect("what was said");
        let told = format!("{told_otherwise}: {shown} {errors}");
        if told_otherwise.is_empty() {
            assert_eq!((code, org.requests().len()), (2, before), "{told}");
            assert!(errors.contains("--yes") && errors.contains("--dry-run"), "{told}");
            assert!(!org.relays().iter().any(is_cleared), "{told}");
        } else {
            assert!(code == 0 && org.requests().len() > before, "{told}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupt_at_the_question_writes_nothing() {
    let (_simulator, org) = org(exposed()).await;
    let mut terminal = Terminal::scrub(&org, &[], &[]);
    terminal.wait_for(QUESTION);
    terminal.enter("\u{3}");
    let (code, shown) = terminal.end();
    assert_eq!(code, 130, "{shown}");
    assert_eq!(writes(&org), 0);
}
