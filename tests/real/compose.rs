//! What the compose file starts, at a real PostgreSQL that speaks no TLS, as the one beside it doesn't.

use crate::packaging::{composed, composed_database, sandbox_with_key, serves};
use crate::support::browser::free_port;
use crate::support::postgres::Postgres;

#[tokio::test(flavor = "multi_thread")]
async fn the_compose_file_starts_a_service_at_the_postgresql_beside_it() {
    let port = free_port();
    let postgres = Postgres::start_with(&[&format!("port={port}"), "listen_addresses=127.0.0.1"]).await;
    postgres.say("CREATE ROLE \"relay-scrub\" LOGIN PASSWORD 'a1b2c3'").await;
    postgres.say("CREATE DATABASE \"relay-scrub\" OWNER \"relay-scrub\"").await;
    let (_simulator, org, key) = sandbox_with_key().await;
    // A way to this machine that doesn't look like one.
    let database = composed_database("a1b2c3", &format!("0.0.0.0:{port}"));
    serves(composed(&org, &key, &database), &org).await;
}
