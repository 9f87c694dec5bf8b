//! The queue on a real PostgreSQL server.

use std::time::Duration;

use relay_scrub::server::job::State;
use relay_scrub::server::queue::{OpenError, Queue, QueueError};

use tokio::task::{LocalSet, spawn_local};

use crate::queue::desk::{Desk, LIMITS, UAT, accept_new, all, claim, database, delivery, end_all, ids, org, settled};
use crate::queue::every_scenario;
use crate::support::browser::free_port;
use crate::support::postgres::Postgres;
use crate::support::program::Program;
use crate::support::service::{Call, Setup};

/// Runs each scenario in a schema of its own: a server for each would take a minute.
macro_rules! in_turn {
    ($($module:ident::$name:ident),* $(,)?) => {
        #[tokio::test(flavor = "multi_thread")]
        async fn all_that_holds_on_sqlite_holds_on_postgresql() {
            let server = Postgres::start().await;
            let mut failed: Vec<&str> = Vec::new();
            LocalSet::new().run_until(async {
                $(
                    let desk = Desk::new(&server.schema(stringify!($name)).await, ());
                    let scenario = spawn_local(async move { crate::queue::$module::$name(&desk).await });
                    if scenario.await.is_err() {
                        failed.push(stringify!($name));
                    }
                )*
            }).await;
            assert!(failed.is_empty(), "{failed:#?}");
        }
    };
}

every_scenario!(in_turn);

/// Asks for something until it is so.
async fn until<T>(mut ask: impl AsyncFnMut() -> Result<T, QueueError>) -> T {
    let asking = async {
        loop {
            match ask().await {
                Ok(answer) => return answer,
                Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect("the database is there again")
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_each_call_says_so_and_afterwards_all_goes_on() {
    let mut server = Postgres::start().await;
    let queue = Queue::open(&database(&server.address()), LIMITS).await.expect("a queue");
    let id = accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    server.stop();
    let end = [settled(&id, State::Done)];
    for failed in [
        queue.accept(&delivery("msg_2", 2), UAT).await.map(drop),
        queue.claim().await.map(drop),
        queue.extend(&held).await.map(drop),
        queue.settle(&held, &end).await.map(drop),
        queue.jobs(&all()).await.map(drop),
        queue.ping().await,
    ] {
        let failed = failed.expect_err("the server is away");
        assert!(matches!(failed, QueueError::Failed { .. }), "{failed:?}");
    }
    let closed = Queue::open(&database(&server.address()), LIMITS).await.expect_err("the server is away");
    assert!(matches!(closed, OpenError::Connect { .. }), "{closed:?}");
    server.start_again().await;
    until(async || queue.ping().await).await;
    let second = until(async || queue.accept(&delivery("msg_2", 2), UAT).await).await;
    let relay_scrub::server::queue::Accepted::New(second) = second else { panic!("{second:?}") };
    assert!(queue.settle(&held, &end).await.expect("the claim outlived the server's end"));
    assert_eq!(end_all(&queue, State::Done).await, [second.clone()].into());
    assert_eq!(ids(&queue.jobs(&all()).await.expect("jobs")), [second, id].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_job_is_on_disk_though_the_server_would_let_commits_wait() {
    let settings = ["synchronous_commit=off", "wal_writer_delay=10s", "checkpoint_timeout=1h"];
    let mut server = Postgres::start_with(&settings).await;
    let queue = Queue::open(&database(&server.address()), LIMITS).await.expect("a queue");
    let mut accepted = Vec::new();
    for number in 0..20 {
        accepted.push(accept_new(&queue, &delivery(&format!("msg_{number}"), number), &format!("p{number}")).await);
        queue.cancel(accepted.last().expect("a job")).await.expect("cancelled");
    }
    // Ended at once, without writing what it holds in memory.
    server.stop();
    server.start_again().await;
    let kept = until(async || queue.jobs(&all()).await).await;
    assert_eq!(kept.len(), accepted.len());
    assert!(kept.iter().all(|job| job.state == State::Cancelled));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_write_to_disk_is_refused() {
    let server = Postgres::start_with(&["fsync=off"]).await;
    let refused = Queue::open(&database(&server.address()), LIMITS).await.expect_err("nothing is durable there");
    assert!(matches!(refused, OpenError::NotDurable { .. }), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_hangs_is_told_and_afterwards_all_goes_on() {
    let server = Postgres::start().await;
    let queue = Queue::open(&database(&server.address()), LIMITS).await.expect("a queue");
    accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let held = claim(&queue).await;
    server.freeze(true);
    queue.accept(&delivery("msg_2", 2), UAT).await.expect_err("no answer");
    queue.extend(&held).await.expect_err("no answer");
    Queue::open(&database(&server.address()), LIMITS).await.expect_err("no answer");
    server.freeze(false);
    until(async || queue.accept(&delivery("msg_2", 2), UAT).await).await;
    assert!(until(async || queue.extend(&held).await).await);
    assert_eq!(queue.jobs(&all()).await.expect("jobs").len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_must_prove_who_it_is_and_we_do_by_password() {
    let port = free_port();
    let settings = [&format!("port={port}"), "listen_addresses=127.0.0.1", "ssl=on"];
    let mut server = Postgres::made(&settings);
    let own = rcgen::generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    server.file("server.crt", &own.cert.pem());
    server.file("server.key", &own.signing_key.serialize_pem());
    server.file("pg_hba.conf", "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n");
    server.start_again().await;
    server.say("ALTER USER relay PASSWORD 'planted-password'").await;
    let trusted = server.data().join("server.crt");
    let other = rcgen::generate_simple_self_signed(["localhost".into()]).expect("a certificate");
    server.file("other.crt", &other.cert.pem());
    let not_trusted = server.data().join("other.crt");
    let open = async |password: &str, root: &std::path::Path| {
        let address = format!("postgres://relay:{password}@localhost:{port}/postgres?sslmode=verify-full");
        Queue::open(&database(&format!("{address}&sslrootcert={}", root.display())), LIMITS).await
    };
    let queue = open("planted-password", &trusted).await.expect("a queue");
    accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let stranger = open("planted-password", &not_trusted).await.expect_err("it proves nothing");
    let wrong = open("planted-wrong", &trusted).await.expect_err("a wrong password");
    for error in [&stranger, &wrong] {
        assert!(matches!(error, OpenError::Connect { .. }), "{error:?}");
        let text = format!("{error} {error:?}");
        assert!(
            text.contains(&format!("postgres://relay@localhost:{port}/postgres")) && !text.contains("planted"),
            "{text}"
        );
    }
}

/// An org that doesn't answer: its jobs wait.
const NOBODY: &str = "[orgs.uat]\ninstance_url = \"http://127.0.0.1:9\"\n";

/// A server that wants a password of whoever comes by the network.
async fn with_password(port: u16) -> Postgres {
    let mut server = Postgres::made(&[&format!("port={port}"), "listen_addresses=127.0.0.1"]);
    server.file("pg_hba.conf", "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    server.start_again().await;
    server.say("ALTER USER relay PASSWORD 'planted-password'").await;
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_takes_its_password_from_the_password_file_and_tells_nobody() {
    let port = free_port();
    let _server = with_password(port).await;
    let address = format!("postgres://relay@localhost:{port}/postgres");
    let setup = Setup::with_sections(NOBODY).setting("grace", "'100ms'").database(&address);
    let without = setup.fail().await;
    assert_eq!(without.code, 1, "{without:?}");
    setup.file(".pgpass", &format!("localhost:{port}:postgres:relay:planted-password\n"));
    let service = setup.start().await;
    let id = service.deliver(&Call::of("uat", &org(1))).await;
    let jobs = Program::new(["jobs", "list", "--json", "--database", &address]).file(".pgpass", "");
    let jobs = jobs.env("PGPASSFILE", setup.path(".pgpass")).run().await;
    assert!(jobs.code == 0 && jobs.stdout.contains(&id), "{jobs:?}");
    let (code, log) = service.stop().await;
    assert_eq!(code, 0, "{log:#?}");
    let said = format!("{without:?} {jobs:?} {log:?}");
    assert!(!said.contains("planted-password"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_server_is_away_the_hook_says_so_and_the_next_call_is_accepted() {
    let mut server = Postgres::start().await;
    let setup = Setup::with_sections(NOBODY).setting("grace", "'100ms'").database(&server.address());
    let replicas = [setup.start().await, setup.start().await];
    let call = Call::of("uat", &org(1));
    server.stop();
    for replica in &replicas {
        let away = replica.call(&call).await;
        assert_eq!(away.status(), 503, "{away:?}");
        assert!(away.headers().contains_key("retry-after"), "{away:?}");
    }
    server.start_again().await;
    until(async || match replicas[0].call(&call).await.status().as_u16() {
        202 => Ok(()),
        503 => Err(QueueError::TooSlow("keep a delivery")),
        other => panic!("{other}"),
    })
    .await;
    let ids = [replicas[0].deliver(&call).await, replicas[1].deliver(&call).await];
    assert_eq!(ids[0], ids[1], "one delivery is one job, at whichever replica it comes");
    for replica in replicas {
        let (code, log) = replica.stop().await;
        assert_eq!(code, 0, "{log:#?}");
    }
}
