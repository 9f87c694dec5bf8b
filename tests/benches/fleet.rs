//! Simulated orgs with exposed relays, and a scrub of them by the library's front door.

use std::sync::Arc;
use std::time::Duration;

use relay_scrub::domain::api_version::ApiVersion;
use relay_scrub::domain::diff::Usernames;
use relay_scrub::domain::plan::Policy;
use relay_scrub::domain::report::Mode;
use relay_scrub::domain::rule::Rule;
use relay_scrub::fleet::{Pace, Unobserved, run};
use relay_scrub::salesforce::{AllowedHosts, Destination, Expected, Transport};
use relay_scrub::scrub::{Order, Settings};
use relay_scrub::secrets::{Credential, Secret};
use relay_scrub::simulator::{App, OrgSetup, Relay, SimulatedOrg, Simulator, User};

pub(crate) const CONSUMER_KEY: &str = "3MVG9benchConsumerKey";
pub(crate) const CONSUMER_SECRET: &str = "bench-secret-of-no-worth";
const USER: &str = "scrubber@acme.com.bench";
/// Exposed relays of each org.
const RELAYS: usize = 3;

/// Orgs that answer as slowly as real ones do.
pub(crate) struct Fleet {
    pub(crate) orgs: Vec<SimulatedOrg>,
    _simulator: Simulator,
}

impl Fleet {
    pub(crate) async fn start(orgs: u32, latency: Duration) -> Self {
        let simulator = Simulator::start().await.expect("a simulator");
        simulator.set_latency(latency);
        simulator.set_connection_latency(latency);
        let mut started = Vec::new();
        for _ in 0..orgs {
            let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(USER);
            let mut setup = OrgSetup::sandbox("bench").user(User::new(USER)).app(app);
            for number in 1..=RELAYS {
                let host = format!("smtp{number}.acme.com");
                setup = setup.relay(Relay::exposed(&host, "smtp-relay@acme.com", "password"));
            }
            started.push(simulator.add_org(setup).await.expect("an org"));
        }
        Self { orgs: started, _simulator: simulator }
    }

    /// Scrubs all orgs in this process.
    pub(crate) async fn scrub_here(&self, concurrency: u32) -> Option<u32> {
        let orders = self.orgs.iter().enumerate().map(|(index, org)| order(index, org)).collect();
        let pace = Pace { concurrency: concurrency as usize, fail_fast: false };
        let report = run(orders, settings(), pace, Arc::new(Unobserved), &relay_scrub::scrub::Stop::default()).await;
        assert_eq!(report.exit_code(false), 0, "{report:?}");
        self.assert_cleared();
        None
    }

    pub(crate) fn assert_cleared(&self) {
        let relays = self.orgs.iter().flat_map(SimulatedOrg::relays);
        let left = relays.filter(|relay| relay.is_require_auth || relay.username.is_some() || relay.password.is_some());
        assert_eq!(left.count(), 0, "an exposed relay was left");
    }

    /// Connections to all orgs together.
    pub(crate) fn connections(&self) -> usize {
        self.orgs.iter().map(|org| org.stats().connections).sum()
    }
}

fn order(index: usize, org: &SimulatedOrg) -> Order {
    let credential = Credential::ClientCredentials {
        client_id: CONSUMER_KEY.into(),
        client_secret: Secret::new(CONSUMER_SECRET.into()),
    };
    let destination = Destination {
        instance_url: Some(org.url().parse().expect("an address")),
        login_url: None,
        credential,
        api_version: ApiVersion::DEFAULT,
        expected: Expected::default(),
        allowed_hosts: AllowedHosts::default(),
    };
    Order { name: format!("org{index}"), destination, agreed: None }
}

fn settings() -> Settings {
    Settings {
        rule: Rule::email_relay(),
        policy: Policy { every_record: false, usernames: Usernames::Masked },
        mode: Mode::Scrub,
        partial: false,
        timeout: Duration::from_secs(60),
        transport: Transport::default(),
    }
}
