//! Salesforce orgs on 127.0.0.1, with state, over real HTTP.
//!
//! Each org listens at an address of its own, which is its My Domain; one more address stands for
//! `https://test.salesforce.com` and gives tokens for all of them. An org is a state machine without I/O
//! ([`OrgState::answer`]); around it is HTTP, and between the two are the faults of a test's script ([`Fault`]).
//!
//! Nothing here is shared with the client: what Salesforce answers is written down a second time on purpose, so that a
//! mistake of the client meets something that doesn't make the same one. It refuses what Salesforce refuses, missing
//! credentials and superfluous ones, and where it is unknown what Salesforce does, [`Quirks`] has both.
//!
//! ```no_run
//! # async fn example() -> std::io::Result<()> {
//! use relay_scrub::simulator::{App, Fault, Matcher, OrgSetup, Relay, Simulator, User};
//!
//! let simulator = Simulator::start().await?;
//! let setup = OrgSetup::sandbox("uat")
//!     .user(User::new("scrubber@acme.com.uat"))
//!     .app(App::connected("3MVG9").secret("secret").run_as("scrubber@acme.com.uat"))
//!     .relay(Relay::exposed("smtp.acme.com", "smtp@acme.com", "password"));
//! let org = simulator.add_org(setup).await?;
//! org.fault(Fault::reply_lost(Matcher::writing_composite()));
//! # Ok(())
//! # }
//! ```

mod app;
mod browser;
mod composite;
mod delivery;
mod fault;
mod id;
mod mail;
mod message;
mod object;
mod org;
mod query;
mod quirks;
mod reference;
mod relay;
mod schema;
mod server;
mod setup;
mod simulated_org;
mod soap;
mod soql;
mod state;
mod token;
mod write;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

pub use app::{App, AppKind, Approval, Flow, User};
pub use fault::{Fault, Matcher};
pub use mail::{DomainKey, EmailSettings, OrgWideAddress};
pub use message::{Body, Request, Response};
pub use org::Occasion;
pub use quirks::{ExtraField, FailedId, PasswordInQuery, Quirks};
pub use relay::{DomainFilter, Relay};
pub use setup::{Limits, OrgKind, OrgSetup};
pub use simulated_org::{Seen, SimulatedOrg, Stats};
pub use state::{OrgState, Records, Refusal};

use server::{Entrance, Latency, Shared, serve};

/// Any number of orgs and the login host they share; dropping it closes every address and connection.
#[derive(Debug)]
pub struct Simulator {
    shared: Arc<Shared>,
    orgs_made: AtomicU64,
    _stop: DropGuard,
}

impl Simulator {
    /// Starts the login host; orgs are added by [`Simulator::add_org`].
    pub async fn start() -> io::Result<Self> {
        let (listener, login_url) = listen().await?;
        let stop = CancellationToken::new();
        let shared = Arc::new(Shared {
            login_url,
            latency: Latency::default(),
            connection_latency: Latency::default(),
            orgs: std::sync::Mutex::default(),
            stop: stop.clone(),
        });
        tokio::spawn(serve(listener, Entrance::LoginHost, shared.clone()));
        Ok(Self { shared, orgs_made: AtomicU64::new(0), _stop: stop.drop_guard() })
    }

    /// Starts one more org at an address of its own.
    pub async fn add_org(&self, setup: OrgSetup) -> io::Result<SimulatedOrg> {
        let (listener, url) = listen().await?;
        let number = self.orgs_made.fetch_add(1, Ordering::Relaxed) + 1;
        let org = SimulatedOrg::new(url.clone(), OrgState::new(setup, number, url));
        simulated_org::lock(&self.shared.orgs).push(org.clone());
        tokio::spawn(serve(listener, Entrance::Org(org.clone()), self.shared.clone()));
        Ok(org)
    }

    /// The login host's address, which stands for `https://test.salesforce.com`, as a JWT's audience too.
    pub fn login_url(&self) -> &str {
        &self.shared.login_url
    }

    /// Every answer takes at least this long from now on.
    pub fn set_latency(&self, latency: Duration) {
        self.shared.latency.set(latency);
    }

    /// Every new connection waits so long before its first request is read.
    pub fn set_connection_latency(&self, latency: Duration) {
        self.shared.connection_latency.set(latency);
    }
}

async fn listen() -> io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}
