//! `relay-scrub jobs`, in the service's database and at a running service.

use relay_scrub::server::job::{JobId, State};
use serde_json::Value;

use crate::output::sample;
use crate::support::program::{Program, Ran};
use crate::support::shelf::{Listening, Shelf, TOKEN, again, done, ended};

const PERMISSION: &str = "the user cannot see EmailRelay, which takes Email Administration, Customize Application, View \
                          Setup and Configuration";

/// Runs `jobs` on the database of a shelf.
async fn in_database(shelf: &Shelf, arguments: &[&str]) -> Ran {
    let database = shelf.database();
    Program::new(["jobs"].into_iter().chain(arguments.iter().copied()).chain(["--database", &database])).run().await
}

/// Runs `jobs` at a service, with the token in a file.
async fn at_service(listening: &Listening, arguments: &[&str], token: Option<&str>) -> Ran {
    let address = listening.url("");
    let words = ["jobs"].into_iter().chain(arguments.iter().copied()).chain(["--service", &address]);
    let program = match token {
        Some(token) => Program::new(words.chain(["--admin-token-file", "token"])).file("token", token),
        None => Program::new(words),
    };
    program.run().await
}

/// A job of each sort, the oldest first.
async fn shelf() -> (Shelf, Vec<JobId>) {
    let shelf = Shelf::new().await;
    let ids = vec![
        shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await,
        shelf.settled("production", |id| ended(id, State::Refused, "00D5e000000abcDEAQ (Acme) is production")).await,
        shelf
            .settled("full", |id| ended(id, State::Dead, "no connection to acme--full.sandbox.my.salesforce.com"))
            .await,
        shelf.settled("qa", |id| again(id, PERMISSION, true)).await,
        shelf.running("stage").await,
        shelf.waiting("dev").await,
    ];
    (shelf, ids)
}

#[tokio::test]
async fn the_list_has_every_job_with_its_state_the_newest_first() {
    let (shelf, ids) = shelf().await;
    let ran = in_database(&shelf, &["list"]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let lines: Vec<&str> = ran.stdout.lines().filter(|line| !line.starts_with(' ')).collect();
    let states = ["waiting", "running", "waiting", "dead", "refused", "done"];
    assert_eq!(lines.len(), ids.len(), "{ran:?}");
    for ((line, id), state) in lines.iter().zip(ids.iter().rev()).zip(states) {
        assert!(line.starts_with(id.as_str()) && line.contains(state), "{id} {state}: {line}");
    }
    assert!(ran.stdout.contains("Needs attention: the user cannot see EmailRelay"), "{ran:?}");
    let hint = "    Approve the app for the user. Waiting does not help.";
    let hints = ran.stdout.lines().filter(|line| *line == hint).count();
    assert_eq!(hints, 3, "what to do about those that are refused, given up, or need attention: {ran:?}");
    let wide: Vec<_> = ran.stdout.lines().filter(|line| line.chars().count() > 80).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[tokio::test]
async fn a_job_is_shown_with_the_diff_of_its_last_attempt_and_user_names_stay_masked() {
    let (shelf, ids) = shelf().await;
    let ran = in_database(&shelf, &["show", ids[0].as_str()]).await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    for part in
        ["uat · ", "- Username       sm…@acme.com    + Username       (none)", "Cleared 1 of 3 relays, read again"]
    {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    assert!(!ran.stdout.contains(sample::LOCAL_PART), "{ran:?}");
}

#[tokio::test]
async fn what_the_last_attempt_came_to_stands_below_when_that_was() {
    let shelf = Shelf::new().await;
    let id = shelf.settled("uat", |id| done(id, "cleared", sample::cleared())).await;
    shelf.queue.retry(&id).await.expect("the database");
    shelf.queue.claim().await.expect("the database").expect("a job");
    let ran = in_database(&shelf, &["show", id.as_str()]).await;
    let (now, then) = ran.stdout.split_once("\nLast finished attempt, 2026-11-23 09:00:00 UTC (").expect(&ran.stdout);
    assert!(now.contains("running") && !now.contains("Cleared"), "{ran:?}");
    assert!(then.contains("Cleared 1 of 3 relays, read again"), "{ran:?}");
}

#[tokio::test]
async fn a_running_service_and_its_database_tell_the_same() {
    let (shelf, ids) = shelf().await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    let done = ids[0].as_str();
    let json =
        |ran: &Ran| serde_json::from_str::<Value>(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    for arguments in [
        &["list", "--json"] as &[&str],
        &["list", "--json", "--state", "dead,refused"],
        &["list", "--json", "--sandbox", "UAT"],
        &["list", "--json", "--attention"],
        &["list", "--json", "--limit", "2"],
        &["list", "--json", "--before", done],
        &["show", "--json", done],
    ] {
        let (one, other) = (in_database(&shelf, arguments).await, at_service(&listening, arguments, Some(TOKEN)).await);
        assert_eq!((one.code, other.code), (0, 0), "{arguments:?}: {one:?} {other:?}");
        assert_eq!(json(&one), json(&other), "{arguments:?}");
        assert_eq!((one.stderr.as_str(), other.stderr.as_str()), ("", ""), "{arguments:?}");
    }
    let list = async |arguments: &[&str]| {
        let listed = json(&in_database(&shelf, arguments).await);
        let jobs = listed["jobs"].as_array().expect("jobs").clone();
        jobs.iter().map(|job| job["id"].as_str().expect("an id").to_string()).collect::<Vec<_>>()
    };
    assert_eq!(list(&["list", "--json", "--state", "dead,refused"]).await, [ids[2].as_str(), ids[1].as_str()]);
    assert_eq!(list(&["list", "--json", "--attention"]).await, [ids[3].as_str()]);
}

#[tokio::test]
async fn a_list_that_is_cut_says_how_to_see_the_rest() {
    let (shelf, ids) = shelf().await;
    let ran = in_database(&shelf, &["list", "--limit", "2"]).await;
    assert_eq!(ran.stderr, format!("There are more: --before {}\n", ids[4]));
    let none = in_database(&shelf, &["list", "--sandbox", "nobody"]).await;
    assert_eq!((none.code, none.stdout.as_str(), none.stderr.as_str()), (0, "", "No job is like that.\n"));
}

#[tokio::test]
async fn retry_and_cancel_do_what_can_be_done_and_say_what_can_not() {
    let (shelf, ids) = shelf().await;
    let listening = shelf.listen(None, &[]).await;
    let state = async |id: &JobId| shelf.queue.job(id).await.expect("the database").expect("a job").state;
    let [refused, dead, waiting, running] = [&ids[1], &ids[2], &ids[3], &ids[4]];
    let none = "01JDB3Q0Z5W8K6M4N2P7R9T1V3";

    let ran = in_database(&shelf, &["retry", dead.as_str(), running.as_str(), none]).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains(dead.as_str()) && ran.stdout.contains("waiting") && ran.stdout.lines().count() <= 3);
    assert!(ran.stderr.contains(&format!("{running}: the job is under way")), "{ran:?}");
    assert!(ran.stderr.contains(&format!("{none}: there is no such job.")), "{ran:?}");
    assert_eq!((state(dead).await, state(running).await), (State::Waiting, State::Running));

    let ran = at_service(&listening, &["retry", &refused.as_str().to_lowercase()], None).await;
    assert_eq!((ran.code, state(refused).await), (0, State::Waiting), "{ran:?}");

    let ran =
        at_service(&listening, &["cancel", "--json", waiting.as_str(), dead.as_str(), ids[0].as_str()], None).await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let jobs: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(jobs["jobs"].as_array().map(Vec::len), Some(2), "{ran:?}");
    assert_eq!((state(waiting).await, state(dead).await), (State::Cancelled, State::Cancelled));
    assert!(ran.stderr.contains(&format!("{}: the job is done already", ids[0])), "{ran:?}");
}

#[tokio::test]
async fn a_job_that_is_tried_again_is_given_up_when_the_configuration_says() {
    let (shelf, ids) = shelf().await;
    let database = shelf.database();
    let program = Program::new(["jobs", "retry", ids[2].as_str(), "--database", &database]);
    let ran = program.file("relay-scrub.toml", "[service]\ngive_up_after = \"5h\"\n").run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let job = shelf.queue.job(&ids[2]).await.expect("the database").expect("a job");
    assert_eq!(job.give_up_at.duration_since(job.opened_at).as_hours(), 5);
}

#[tokio::test]
async fn a_database_that_is_not_there_is_not_made() {
    let program = Program::new(["jobs", "list", "--database", "sqlite:missing/jobs.db"]);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.starts_with("there is no queue in sqlite:") && ran.stderr.contains("--database"), "{ran:?}");
    assert!(!folder.path().join("missing").exists());
}

#[tokio::test]
async fn a_database_that_can_not_be_opened_is_told_in_the_systems_words() {
    let ran = Program::new(["jobs", "list", "--database", "sqlite:."]).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
    assert!(ran.stderr.contains("could not be made or opened: Is a directory"), "{ran:?}");
    assert!(ran.stderr.contains("--service URL asks the service itself"), "{ran:?}");
}

#[tokio::test]
async fn a_job_that_may_have_left_a_password_is_marked_in_the_list() {
    let (shelf, _) = shelf().await;
    let ran = in_database(&shelf, &["list", "--sandbox", "uat"]).await;
    assert!(ran.stdout.contains("\n    Warning: 2 relays show no credential and may still hold a password"), "{ran:?}");
    let ran = in_database(&shelf, &["list", "--json"]).await;
    let list: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let jobs = list["jobs"].as_array().expect("jobs");
    let warned = jobs.iter().filter(|job| job["warnings"][0]["code"] == "password_unknowable");
    assert_eq!(warned.map(|job| &job["sandbox"]).collect::<Vec<_>>(), ["uat"], "{list:#}");
}

#[tokio::test]
async fn who_is_not_let_in_is_told_what_lets_in_and_no_token_is_shown() {
    let (shelf, _) = shelf().await;
    let listening = shelf.listen(Some(TOKEN), &[]).await;
    for (token, words) in
        [(None, "wants the admin token"), (Some("planted-another-token-0123456789"), "does not take this admin token")]
    {
        let ran = at_service(&listening, &["list"], token).await;
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
        assert!(ran.stderr.contains(words) && ran.stderr.contains("--admin-token-file"), "{ran:?}");
        assert!(!ran.stderr.contains("planted"), "{ran:?}");
    }
    let address = listening.url("");
    let ran = Program::new(["jobs", "list", "--service", &address]).env("RELAY_SCRUB_ADMIN_TOKEN", TOKEN).run().await;
    assert_eq!(ran.code, 0, "{ran:?}");
}

#[tokio::test]
async fn what_is_no_service_is_told_from_one() {
    let closed = format!("http://127.0.0.1:{}", crate::support::browser::free_port());
    let ran = Program::new(["jobs", "list", "--service", &closed]).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("No answer from") && ran.stderr.contains("--admin-listen"), "{ran:?}");

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
    let other = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, axum::Router::new()).await });
    let ran = Program::new(["jobs", "list", "--service", &other]).run().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("is not the private listener of this relay-scrub"), "{ran:?}");
}

#[tokio::test]
async fn the_token_leaves_this_machine_over_tls_alone() {
    let program = Program::new(["jobs", "list", "--service", "http://scrub.example.com:9090"]);
    let ran = program.env("RELAY_SCRUB_ADMIN_TOKEN", TOKEN).run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert_eq!(ran.stderr, "--service: must be https, but on this machine\n");
    let ran = Program::new(["jobs", "list", "--service", "127.0.0.1:9090"]).run().await;
    assert_eq!(ran.stderr, "--service: must begin with https://, such as https://relay-scrub.example.com\n");
}

#[tokio::test]
async fn what_can_not_be_meant_is_a_usage_error() {
    for arguments in [
        &["list", "--state", "asleep"] as &[&str],
        &["list", "--limit", "0"],
        &["list", "--sandbox", "not-a-name"],
        &["list", "--database", "sqlite:a.db", "--service", "http://127.0.0.1:9090"],
        &["list", "--admin-token-file", "token"],
        &["show", "not-an-id"],
        &["retry"],
    ] {
        let ran = Program::new(["jobs"].into_iter().chain(arguments.iter().copied())).run().await;
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{arguments:?}: {ran:?}");
    }
}
