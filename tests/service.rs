//! The webhook service, as the built program.

mod hook;
mod limits;
mod private;
mod secrets;
mod send;
mod start;
mod stop;
mod supervisor;
mod tls;

use relay_scrub::simulator::{OrgSetup, SimulatedOrg, Simulator};
use reqwest::Response;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::program::{exposed, sandbox};
use crate::support::service::{Service, Setup};

/// An org that nothing is known of here but its id.
const ORG: &str = "00D5e000000abcDEAQ";

/// A simulated sandbox `uat` with something to clear, and a service that finds it.
async fn uat() -> (Simulator, SimulatedOrg, Setup) {
    with_org(sandbox("uat").relay(exposed())).await
}

async fn with_org(org: OrgSetup) -> (Simulator, SimulatedOrg, Setup) {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(org).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]);
    (simulator, org, setup)
}

/// A service that takes deliveries in, and can settle none, for it has no org for them.
fn without_orgs() -> Setup {
    Setup::with_sections("[orgs.nobody]\ninstance_url = \"https://acme--nobody.sandbox.my.salesforce.com\"\n")
}

/// What an answer has to say: the status, when to come back, the body.
#[derive(Debug, PartialEq)]
struct Said {
    status: u16,
    retry_after: Option<u64>,
    body: String,
}

async fn said(response: Response) -> Said {
    let header = response.headers().get("retry-after");
    let retry_after = header.map(|value| value.to_str().expect("text").parse().expect("seconds"));
    Said { status: response.status().as_u16(), retry_after, body: response.text().await.expect("a body") }
}

impl Said {
    /// The reason that is given.
    fn error(&self) -> String {
        let body: Value = serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error} in {self:?}"));
        body["error"].as_str().expect("a reason").to_string()
    }
}

/// How many jobs there are.
async fn jobs(service: &Service) -> usize {
    service.job_list().await.len()
}

/// Sends these bytes as they are, and reads until the service closes the connection.
async fn raw(service: &Service, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(service.public).await.expect("a connection");
    stream.write_all(bytes).await.expect("sent");
    rest(&mut stream).await
}

/// What comes until the service closes the connection.
async fn rest(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    // A reset is an end too.
    let _ = stream.read_to_end(&mut text).await;
    String::from_utf8_lossy(&text).into_owned()
}
