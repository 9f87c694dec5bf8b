//! A real Secret Service: what is stored, replaced, deleted, and what is said where there is none.

use std::time::Duration;

use relay_scrub::simulator::{App, Fault, Matcher, OrgKind, OrgSetup, Simulator, User};

use super::{Desk, free_port, org};
use crate::support::browser::follow;
use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, USER, exposed, is_cleared};
use crate::support::secret_service::SecretService;

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_kept_serves_a_scrub_with_nothing_secret_around_it_and_is_ended_by_logout() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    uat.put_relay(exposed());
    desk.orgs(&[("uat", &uat)], "");

    let ran = desk.log_in(port, "uat").await;
    assert!(ran.stdout.contains("The next refresh of this sandbox ends this login"), "{ran:?}");
    let content = desk.session.content();
    assert!(content.contains("5Aep861") && content.contains(uat.url().trim_start_matches("http://")), "{content}");
    assert!(!content.contains("#probe"), "the probe leaves nothing behind: {content}");
    assert!(!ran.stdout.contains("5Aep861") && !ran.stderr.contains("5Aep861"), "{ran:?}");

    let ran = desk.run(["orgs"]).await;
    assert!(ran.stdout.contains(USER) && ran.stdout.contains("the keyring (login uat)"), "{ran:?}");
    let ran = desk.run(["scrub", "uat", "-v"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stderr.contains("the keyring (login uat)"), "-v tells where: {ran:?}");
    assert!(uat.relays().iter().all(is_cleared));

    uat.forget_requests();
    let ran = desk.run(["logout", "uat"]).await;
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "uat: revoked at Salesforce; removed from the keyring.\n"),
        "{ran:?}"
    );
    assert_eq!(uat.requests().iter().filter(|request| request.path == "/services/oauth2/revoke").count(), 1);
    assert_eq!(desk.session.content(), "");
    let ran = desk.run(["scrub", "uat"]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("the keyring has no login uat"), "{ran:?}");
    let ran = desk.run(["logout", "uat"]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_is_written_by_login_scrub_checkup_or_logout_however_loud() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, App::rotating).await;
    uat.put_relay(exposed());
    desk.orgs(&[("uat", &uat)], "");

    let mut written = Vec::new();
    let login = desk.login_loudly(port, ["uat", "-vvv"]).await;
    follow(&login.address).await;
    written.push(login.finish().await);
    for line in
        [&["scrub", "uat", "-vvv"][..], &["login", "--check", "uat", "-vvv"], &["orgs", "--check"], &["logout", "uat"]]
    {
        written.push(desk.run_loudly(line.iter().copied()).await);
    }

    let tokens = uat.tokens_issued();
    assert!(tokens.len() > 4, "{}", tokens.len());
    for ran in &written {
        assert_eq!(ran.code, 0, "{ran:?}");
        let leaked = tokens.iter().find(|token| ran.stdout.contains(*token) || ran.stderr.contains(*token));
        assert_eq!(leaked, None, "{ran:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_a_scrub_rotates_replaces_the_old_one_in_the_keyring() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, App::rotating).await;
    desk.orgs(&[("uat", &uat)], "");
    desk.log_in(port, "uat").await;

    let before = desk.session.content();
    for _ in 0..2 {
        let ran = desk.run(["scrub", "uat"]).await;
        assert_eq!(ran.code, 0, "a rotated token serves the next run: {ran:?}");
    }
    assert_ne!(desk.session.content(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn production_leaves_nothing_in_the_keyring_and_is_told_to_revoke() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let production = org(&simulator, OrgKind::Production, port, |app| app).await;
    desk.orgs(&[("uat", &production)], "");

    let login = desk.login(port, ["uat"]).await;
    follow(&login.address).await;
    let ran = login.finish().await;

    assert_eq!(ran.code, 3, "{ran:?}");
    assert!(ran.stderr.contains("the tokens of this login were revoked"), "{ran:?}");
    assert_eq!(desk.session.content(), "");
    let revoked = production.requests().into_iter().filter(|request| request.path == "/services/oauth2/revoke");
    assert_eq!((revoked.count(), production.live_tokens()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_key_is_kept_in_parts_and_its_file_can_be_deleted() {
    let (simulator, desk) = (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()));
    let key = RsaKey::generate_long();
    let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(App::external(CONSUMER_KEY).public_key(&key.public));
    let uat = simulator.add_org(setup.relay(exposed())).await.expect("an org");
    let url = uat.url();
    let with_key = format!(
        "[orgs.uat]\ninstance_url = \"{url}\"\nclient_id = \"{CONSUMER_KEY}\"\nusername = \"{USER}\"\nauth = \"jwt\"\n"
    );
    desk.file("key.pem", &key.private);
    desk.file("relay-scrub.toml", &format!("{with_key}jwt_key_file = \"key.pem\"\n"));

    for _ in 0..2 {
        let ran = desk.run(["login", "uat"]).await;
        assert_eq!(ran.code, 0, "{ran:?}");
        assert!(ran.stdout.contains("the file, and the setting that names it, can go"), "{ran:?}");
    }
    let content = desk.session.content();
    let parts = content.lines().filter(|line| line.starts_with("label = keyring:uat#")).count();
    assert_eq!(parts, 2, "the parts of the first login were removed when the second replaced it: {content}");
    assert!(content.lines().filter(|line| line.starts_with("secret = ")).all(|line| line.len() < 2_560));

    std::fs::remove_file(desk.folder.path().join("key.pem")).expect("the key goes");
    desk.file("relay-scrub.toml", &with_key);
    let ran = desk.run(["scrub", "uat"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(uat.relays().iter().all(is_cleared));

    let ran = desk.run(["logout", "--all"]).await;
    let said =
        "uat: it is a private key, of which there is nothing to revoke at Salesforce; removed from the keyring.\n";
    assert_eq!((ran.code, ran.stdout.as_str()), (0, said), "{ran:?}");
    assert_eq!(desk.session.content(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_orgs_have_a_login_each_and_one_logout_leaves_the_other() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    let qa = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    desk.orgs(&[("uat", &uat), ("qa", &qa)], "");
    desk.log_in(port, "uat").await;
    desk.log_in(port, "qa").await;

    let ran = desk.run(["scrub", "--all"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(desk.run(["logout", "prod*"]).await.code, 1);
    assert_eq!(desk.run(["logout", "q*"]).await.code, 0);
    let ran = desk.run(["scrub", "uat"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(desk.run(["scrub", "qa"]).await.code, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_whose_revocation_fails_removes_the_login_and_says_which_failed() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    let host = uat.url().trim_start_matches("http://").to_string();
    let login = desk.login(port, ["--instance-url", uat.url(), "--client-id", CONSUMER_KEY]).await;
    follow(&login.address).await;
    assert_eq!(login.finish().await.code, 0);

    uat.fault(Fault::status(Matcher::path_contains("/revoke"), 403, &[], "{\"error\":\"not_now\"}"));
    let ran = desk.run(["logout", host.as_str()]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(
        ran.stderr.contains("not revoked at Salesforce") && ran.stderr.contains("; removed from the keyring"),
        "{ran:?}"
    );
    assert_eq!(desk.session.content(), "", "an org known by its host alone is found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_kept_for_all_orgs_of_the_template_when_asked_to() {
    let (simulator, desk) = (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()));
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
    let uat = simulator.add_org(OrgSetup::sandbox("uat").user(User::new(USER)).app(app)).await.expect("an org");
    let port = uat.url().rsplit_once(':').expect("a port").1;
    // Every address of 127.0.0.0/8 is loopback, so a name of digits fills a template too.
    let template = format!(
        "[sandboxes]\ninstance_url = \"http://127.0.0.{{sandbox}}:{port}\"\nclient_id = \"{CONSUMER_KEY}\"\n\
         auth = \"client-credentials\"\n"
    );
    desk.file("secret", CONSUMER_SECRET);
    desk.file("relay-scrub.toml", &format!("{template}client_secret_file = \"secret\"\n"));
    let ran = desk.run(["login", "1", "--share"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let content = desk.session.content();
    assert!(content.contains("label = keyring:[sandboxes]@") && content.contains("127.0.0.{sandbox}:"), "{content}");

    desk.file("relay-scrub.toml", &template);
    let ran = desk.run(["scrub", "1"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let ran = desk.run(["login", "1", "--share", "--auth", "refresh-token"]).await;
    assert_eq!(ran.code, 2, "a token is one of one org: {ran:?}");
    assert_eq!(desk.run(["logout", "[sandboxes]"]).await.code, 0);
    assert_eq!(desk.session.content(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_or_absent_keyring_is_said_before_a_browser_opens() {
    let simulator = Simulator::start().await.expect("a simulator");
    let port = free_port();
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    for (session, said) in
        [(SecretService::locked(), "the keyring is locked"), (SecretService::bus_alone(), "there is no keyring here")]
    {
        let desk = Desk::new(session);
        desk.orgs(&[("uat", &uat)], "");
        let ran = desk.run(["login", "uat", "--no-browser"]).await;
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.stderr.contains(said) && ran.stderr.contains("RELAY_SCRUB_UAT_REFRESH_TOKEN"), "{ran:?}");
        assert!(!ran.stderr.contains("/authorize"), "{ran:?}");
    }
    assert_eq!(uat.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told_with_the_flag_that_changes_it() {
    let (simulator, desk) = (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()));
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let port = taken.local_addr().expect("an address").port().to_string();
    let uat = org(&simulator, OrgKind::Sandbox, 1717, |app| app).await;
    desk.orgs(&[("uat", &uat)], "");
    let ran = desk.run(["login", "uat", "--no-browser", "--port", port.as_str()]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    let callback = format!("http://localhost:{port}/OauthRedirect");
    assert!(ran.stderr.contains("--port") && ran.stderr.contains(&callback), "{ran:?}");
    assert_eq!(uat.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_ends_the_wait() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    desk.orgs(&[("uat", &uat)], "");
    let login = desk.login(port, ["uat"]).await;
    let id = login.child.id().expect("it runs").to_string();
    let sent = std::process::Command::new("kill").args(["-INT", &id]).status().expect("kill");
    assert!(sent.success());
    assert_eq!(login.finish().await.code, 130);
    assert_eq!(uat.requests().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_that_opens_the_browser_sees_the_address_and_no_secret() {
    let (simulator, desk, port) =
        (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()), free_port());
    let uat = org(&simulator, OrgKind::Sandbox, port, |app| app).await;
    desk.orgs(&[("uat", &uat)], "");
    desk.file(
        "xdg-open",
        "#!/bin/sh\n{ echo \"$1\"; env; } > \"$HOME/opened.part\" && mv \"$HOME/opened.part\" \"$HOME/opened\"\n",
    );
    let opener = desk.folder.path().join("xdg-open");
    std::fs::set_permissions(&opener, std::os::unix::fs::PermissionsExt::from_mode(0o700)).expect("permissions");
    let path = format!("{}:/usr/bin:/bin", desk.folder.path().display());
    let port = port.to_string();
    let mut command = desk.command(["login", "uat", "--port", port.as_str()]);
    command.env("PATH", path).env("RELAY_SCRUB_UAT_REFRESH_TOKEN", "planted").env("SF_ACCESS_TOKEN", "planted");
    let login = super::Waiting::of(command.spawn().expect("the program starts")).await;
    let opened = desk.folder.path().join("opened");
    let waiting = async {
        while !opened.exists() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the opener is started");
    let opened = std::fs::read_to_string(opened).expect("what the opener saw");
    assert_eq!(opened.lines().next(), Some(login.address.as_str()));
    assert!(opened.contains("PATH=") && !opened.contains("planted"), "{opened}");
    follow(&login.address).await;
    let ran = login.finish().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(ran.stdout.contains("comes first"), "a token in the environment hides the login: {ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn logins_side_by_side_are_all_known_afterwards() {
    let (simulator, desk) = (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()));
    let mut orgs = Vec::new();
    for name in ["a", "b", "c", "d", "e", "f"] {
        let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
        let setup = OrgSetup::sandbox(name).user(User::new(USER)).app(app);
        orgs.push((name, simulator.add_org(setup).await.expect("an org")));
    }
    let named: Vec<_> = orgs.iter().map(|(name, org)| (*name, org)).collect();
    desk.orgs(&named, "client_secret_file = \"secret\"\n");
    desk.file("secret", CONSUMER_SECRET);

    let logins = orgs.iter().map(|(name, _)| desk.command(["login", name, "--auth", "client-credentials"]).spawn());
    let running: Vec<_> = logins.map(|child| child.expect("the program starts")).collect();
    for child in running {
        let ran = crate::support::program::finish(child).await;
        assert_eq!(ran.code, 0, "{ran:?}");
    }
    let ran = desk.run(["logout", "#names"]).await;
    assert_ne!(ran.code, 0, "the list of names is no login: {ran:?}");
    let ran = desk.run(["logout", "--all"]).await;
    for (name, _) in &orgs {
        assert!(ran.stdout.contains(&format!("{name}: ")), "{name} was forgotten: {ran:?}");
    }
    assert_eq!(desk.session.content(), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_known_by_its_host_alone_is_checked_too_and_goes_to_no_other_host() {
    let (simulator, desk) = (Simulator::start().await.expect("a simulator"), Desk::new(SecretService::start()));
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
    let org = simulator.add_org(OrgSetup::sandbox("uat").user(User::new(USER)).app(app)).await.expect("an org");
    let elsewhere = simulator.add_org(OrgSetup::sandbox("other")).await.expect("an org");
    desk.file("secret", CONSUMER_SECRET);
    let line = ["--instance-url", org.url(), "--client-id", CONSUMER_KEY];
    let given = ["login", "--auth", "client-credentials", "--client-secret-file", "secret"];
    let ran = desk.run(given.into_iter().chain(line)).await;
    assert_eq!(ran.code, 0, "{ran:?}");

    let ran = desk.run(["orgs", "--check", "--json"]).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(ran.report()["orgs"][0]["check"]["ok"], true, "{ran:?}");

    let line = ["scrub", "--dry-run"].into_iter().chain(line).chain(["--login-url", elsewhere.url()]);
    let ran = desk.run(line).await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stderr.contains("login_url leads to"), "{ran:?}");
    assert_eq!(elsewhere.requests().len(), 0, "the secret went to another host");
}
