//! Refresh tokens: one that is replaced is kept before anything else is done, and no two runs use the same.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::*;
#[cfg(unix)]
use crate::support::gate::Gate;
use crate::support::program::finish;
#[cfg(unix)]
use crate::support::program::signal_and_wait;

/// A token file in a folder of its own, which lives as long as this value.
struct TokenFile {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl TokenFile {
    fn with(token: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("token");
        std::fs::write(&path, format!("{token}\n")).expect("a token");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
        Self { _folder: folder, path }
    }

    fn token(&self) -> String {
        std::fs::read_to_string(&self.path).expect("a token").trim().to_string()
    }

    fn program(&self, org: &SimulatedOrg) -> Program {
        program(org, ["--refresh-token-file", self.path.to_str().expect("a path in UTF-8")])
    }
}

fn rotating() -> OrgSetup {
    with_app(App::external(CONSUMER_KEY).rotating())
}

fn tokens_used(org: &SimulatedOrg) -> Vec<String> {
    forms(org).iter().map(|form| field(form, "refresh_token").to_string()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_not_replaced_stays_as_it_is() {
    let simulator = simulator().await;
    let org = add(&simulator, with_app(App::external(CONSUMER_KEY))).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);

    let report = cleared(&file.program(&org).run().await, &org);

    assert_eq!((file.token(), tokens_used(&org), requests(&org)), (old.clone(), vec![old], 4));
    assert_eq!(report["warnings"], serde_json::json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_replaces_the_old_one_is_in_the_file_before_any_other_request() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);
    let at_first_request = Arc::new(Mutex::new(String::new()));
    let (kept, path) = (at_first_request.clone(), file.path.clone());
    org.fault(Fault::before(Matcher::api(), move |_| {
        *kept.lock().expect("a text") = std::fs::read_to_string(&path).unwrap_or_default().trim().to_string();
    }));

    cleared(&file.program(&org).run().await, &org);

    let new = file.token();
    assert_ne!(new, old);
    assert_eq!(*at_first_request.lock().expect("a text"), new);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file.path).expect("the file").permissions().mode() & 0o777, 0o600);
    }
    let again = file.program(&org).run().await;
    assert_eq!(again.code, 0, "the new token is alive: {again:?}");
    assert_eq!(tokens_used(&org), [old, new]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_at_once_do_not_use_the_same_token() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let file = TokenFile::with(&org.issue_refresh_token(CONSUMER_KEY, USER));
    // Long enough that the second run reaches the token while the first one refreshes.
    org.fault(Fault::delay(Matcher::token(), Duration::from_millis(300)).always());

    let (first, second) = (file.program(&org).start(), file.program(&org).start());
    let (first, second) = tokio::join!(finish(first.0), finish(second.0));

    assert_eq!((first.code, second.code), (0, 0), "{first:?} {second:?}");
    let mut used = tokens_used(&org);
    used.dedup();
    assert_eq!(used.len(), 2);
    assert!(!used.contains(&file.token()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replaced_token_of_the_environment_is_a_warning_and_serves_the_run_to_its_end() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    org.fault(Fault::expire_sessions(Matcher::writing_composite()));

    let ran = program(&org, []).env("RELAY_SCRUB_REFRESH_TOKEN", &old).run().await;

    let report = cleared(&ran, &org);
    let warning = &report["warnings"][0];
    assert_eq!(warning["code"], "refresh_token_not_kept");
    assert!(warning["message"].as_str().is_some_and(|text| text.contains("RELAY_SCRUB_REFRESH_TOKEN")), "{warning}");
    let used = tokens_used(&org);
    assert_eq!((used.len(), &used[0]), (2, &old));
    assert!(used.iter().all(|token| !ran.stdout.contains(token) && !ran.stderr.contains(token)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_session_is_renewed_with_the_token_in_the_file() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let file = TokenFile::with(&org.issue_refresh_token(CONSUMER_KEY, USER));
    org.fault(Fault::expire_sessions(Matcher::writing_composite()));

    cleared(&file.program(&org).run().await, &org);

    let used = tokens_used(&org);
    assert_eq!(used.len(), 2);
    assert!(used[0] != used[1] && !used.contains(&file.token()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_token_is_kept_though_the_guard_refuses_the_login() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);
    org.fault(Fault::foreign_instance_url("https://acme.my.salesforce.com"));

    let ran = file.program(&org).run().await;

    assert_eq!((ran.code, requests(&org)), (3, 1), "{ran:?}");
    assert_ne!(file.token(), old, "the old one is dead, so only the new one is of use");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_login_that_is_interrupted_keeps_the_new_token_all_the_same() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);
    let (mut gate, held) = Gate::new();
    // The old token is dead already, and the answer with the new one is held.
    org.fault(Fault::after(Matcher::token(), held));

    let (mut child, _folder) = file.program(&org).start();
    gate.reached().await;
    signal_and_wait(&mut child, "-INT").await;
    gate.open();
    let ran = finish(child).await;

    assert_eq!((ran.code, requests(&org)), (130, 1), "{ran:?}");
    assert_ne!(file.token(), old);
    let again = file.program(&org).run().await;
    assert_eq!(again.code, 0, "the new token is alive: {again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_that_outlasts_the_time_keeps_the_new_token_all_the_same() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);
    org.fault(Fault::delay(Matcher::token(), Duration::from_secs(2)));
    let path = file.path.to_str().expect("a path in UTF-8");

    let ran = program(&org, ["--refresh-token-file", path, "--timeout", "1s"]).run().await;

    failed(&ran, "timed_out");
    assert_ne!(file.token(), old);
    let again = file.program(&org).run().await;
    assert_eq!(again.code, 0, "the new token is alive: {again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_another_process_holds_for_too_long_is_told() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let file = TokenFile::with(&org.issue_refresh_token(CONSUMER_KEY, USER));
    let path = file.path.to_str().expect("a path in UTF-8");
    let lock = std::fs::File::create(format!("{path}.lock")).expect("a lock");
    lock.lock().expect("the lock");

    let ran = program(&org, ["--refresh-token-file", path, "--timeout", "1s"]).run().await;

    let error = failed(&ran, "timed_out");
    let expected =
        format!("not finished after 1 s: it was logging in, waiting for {path}.lock, which another process may hold");
    assert_eq!((&error["message"], requests(&org)), (&expected.into(), 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_token_is_told_and_left_in_its_file() {
    let simulator = simulator().await;
    let org = add(&simulator, rotating()).await;
    let old = org.issue_refresh_token(CONSUMER_KEY, USER);
    let file = TokenFile::with(&old);
    org.edit(OrgState::revoke_refresh_tokens);

    let ran = file.program(&org).run().await;

    let error = failed(&ran, "login_refresh_token_expired");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("Log in again")), "{error}");
    assert_eq!((file.token(), requests(&org)), (old, 1));
}
