//! What an audit says while it goes on.

use super::report::bad;
use super::*;
use crate::support::gate::Gate;
use crate::support::terminal::Terminal;

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_what_an_org_is_doing_and_quiet_shows_the_result_alone() {
    let simulator = simulator().await;
    for (flags, shows) in [(&[][..], true), (&["--quiet"], false), (&["--json"], false)] {
        let org = add(&simulator, acme(OrgKind::Sandbox)).await;
        let (mut gate, hold) = Gate::new();
        org.fault(Fault::before(Matcher::reading_composite(), hold));
        let line = ["audit", "--instance-url", org.url(), "--client-id", CONSUMER_KEY, "--no-dns"];
        let folder = tempfile::tempdir().expect("a folder");
        let line = [&line[..], flags].concat();
        let mut terminal = Terminal::of(&line, &[("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)], folder.path());
        gate.reached().await;
        if shows {
            terminal.wait_for("127.0.0.1  reading");
        }
        gate.open();
        let (code, shown) = terminal.end();
        assert_eq!(code, 0, "{shown}");
        assert!(shows || !shown.contains("reading"), "{shown}");
        assert!(shown.contains("send-access"), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn outside_of_a_terminal_each_of_several_orgs_is_a_line_when_it_is_done() {
    let simulator = simulator().await;
    let mut hindered = acme(OrgKind::Sandbox);
    hindered.users[0].hidden_objects = vec!["EmailDomainKey".into()];
    let orgs = [
        add(&simulator, acme(OrgKind::Sandbox)).await,
        add(&simulator, bad()).await,
        add(&simulator, hindered).await,
        add(&simulator, acme(OrgKind::Production)).await,
    ];
    let named = ["good", "bad", "blind", "prod"].into_iter().zip(&orgs).collect::<Vec<_>>();
    let run = async |flags: &[&str]| {
        let line = ["--all", "--no-dns", "--concurrency", "1"].into_iter().chain(flags.iter().copied());
        Program::audit_fleet(&named, line).run().await.stderr
    };
    let said = "good: no finding, 14 not checked\n\
                bad: 1 fail, 3 warn, 2 info, 14 not checked\n\
                blind: no finding, 16 not checked, 3 of them could not be\n\
                prod: refused: not_a_sandbox\n";
    assert_eq!(run(&[]).await, said);
    assert_eq!(run(&["--quiet"]).await, "");
    assert_eq!(run(&["--json"]).await, "");
}
