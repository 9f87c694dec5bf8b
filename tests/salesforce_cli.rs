//! The Salesforce CLI's logins: `-o ALIAS`, and `SF_ACCESS_TOKEN`.

mod session;
mod trouble;

use relay_scrub::simulator::{SimulatedOrg, Simulator};
use serde_json::{Value, json};

use crate::support::fake_sf::Says;
use crate::support::program::{USER, exposed, sandbox};

/// A sandbox with an exposed relay.
async fn org(simulator: &Simulator) -> SimulatedOrg {
    simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org")
}

/// What `sf org display` shows of a login to an org.
fn display(org: &SimulatedOrg, access_token: &str) -> Value {
    json!({
        "id": org.id(), "apiVersion": "66.0", "accessToken": access_token, "instanceUrl": org.url(), "username": USER,
        "clientId": "PlatformCLI", "connectedStatus": "Connected", "alias": "uat",
    })
}

/// What a version says that shows no token.
fn redacted(org: &SimulatedOrg) -> Says {
    Says::result(&display(org, "[REDACTED] Use 'sf org auth show-access-token' to view"))
}

/// The answer of the command that shows it.
fn token(access_token: &str) -> Says {
    Says::result(&json!({"accessToken": access_token}))
}
