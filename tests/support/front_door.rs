//! The library's front door: a whole run in this process, with pauses too short to wait for.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use relay_scrub::domain::api_version::ApiVersion;
use relay_scrub::domain::diff::Usernames;
use relay_scrub::domain::plan::Policy;
use relay_scrub::domain::report::{FleetReport, Mode, OrgReport, Outcome, RecordResult};
use relay_scrub::domain::rule::Rule;
use relay_scrub::fleet::{self, Observer, Pace, Unobserved};
use relay_scrub::salesforce::{AllowedHosts, Destination, Expected, Patience, Transport};
use relay_scrub::scrub::{Order, Settings, Stop};
use relay_scrub::secrets::{Credential, Secret};
use relay_scrub::simulator::SimulatedOrg;
use tokio::runtime::{Handle, Id};

use super::program::{CONSUMER_KEY, CONSUMER_SECRET, is_cleared, requests};

/// How often a request is sent at most.
pub(crate) const TRIES: usize = 4;

/// A run with everything as the command line has it by default, but for the pauses.
pub(crate) struct Scrub {
    patience: Patience,
    policy: Policy,
    mode: Mode,
    partial: bool,
    timeout: Duration,
    api_version: ApiVersion,
    expected: Expected,
    pub(crate) pace: Pace,
    pub(crate) stop: Stop,
    pub(crate) observer: Arc<dyn Observer<OrgReport>>,
}

/// What became of one org.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) report: OrgReport,
    pub(crate) exit_code: u8,
}

impl Scrub {
    pub(crate) fn new() -> Self {
        Self {
            patience: Patience {
                first_pause: Duration::from_millis(1),
                longest_pause: Duration::from_millis(2),
                tries: TRIES,
                ..Patience::default()
            },
            policy: Policy { every_record: false, usernames: Usernames::Masked },
            mode: Mode::Scrub,
            partial: false,
            timeout: Duration::from_secs(300),
            api_version: ApiVersion::DEFAULT,
            expected: Expected::default(),
            pace: Pace { concurrency: 8, fail_fast: false },
            stop: Stop::default(),
            observer: Arc::new(Unobserved),
        }
    }

    /// Only says what would be cleared.
    pub(crate) fn dry_run(mut self) -> Self {
        self.mode = Mode::DryRun;
        self
    }

    /// `--partial`
    pub(crate) fn partial(mut self) -> Self {
        self.partial = true;
        self
    }

    /// `--every-relay`
    pub(crate) fn every_relay(mut self) -> Self {
        self.policy.every_record = true;
        self
    }

    /// `--timeout`
    pub(crate) fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// An answer that takes longer counts as none.
    pub(crate) fn impatient(mut self) -> Self {
        self.patience.request = Duration::from_secs(1);
        self
    }

    /// `--api-version`
    pub(crate) fn api_version(mut self, version: &str) -> Self {
        self.api_version = version.parse().expect("an API version");
        self
    }

    /// What has to hold of the org.
    pub(crate) fn expecting(mut self, expected: Expected) -> Self {
        self.expected = expected;
        self
    }

    /// Scrubs one org, and checks that the report says nothing that the org denies.
    pub(crate) async fn run(self, org: &SimulatedOrg) -> Done {
        let mut report = self.run_fleet(&[("uat", org)]).await;
        let exit_code = report.exit_code(false);
        Done { report: report.orgs.remove(0), exit_code }
    }

    /// Scrubs several orgs, and checks of each that its report says nothing that the org denies.
    pub(crate) async fn run_fleet(self, orgs: &[(&str, &SimulatedOrg)]) -> FleetReport {
        let orders = orgs.iter().map(|(name, org)| self.order(name, org)).collect();
        let settings = Settings {
            rule: Rule::email_relay(),
            policy: self.policy,
            mode: self.mode,
            partial: self.partial,
            timeout: self.timeout,
            transport: self.transport(),
        };
        let report = fleet::run(orders, settings, self.pace, Arc::clone(&self.observer), &self.stop).await;
        assert_eq!(report.orgs.len(), orgs.len());
        for (report, (name, org)) in report.orgs.iter().zip(orgs) {
            assert_eq!(report.target, *name, "in the order asked for");
            assert_truthful(report, org);
        }
        report
    }

    /// One transport for all runs of a test with the same patience: to make one reads the system's certificates.
    fn transport(&self) -> Transport {
        static MADE: Mutex<Vec<(Id, Duration, Transport)>> = Mutex::new(Vec::new());
        let (runtime, request) = (Handle::current().id(), self.patience.request);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((.., transport)) = made.iter().find(|(id, time, _)| (*id, *time) == (runtime, request)) {
            return transport.clone();
        }
        let transport = Transport::new(self.patience);
        made.push((runtime, request, transport.clone()));
        transport
    }

    fn order(&self, name: &str, org: &SimulatedOrg) -> Order {
        let credential = Credential::ClientCredentials {
            client_id: CONSUMER_KEY.into(),
            client_secret: Secret::new(CONSUMER_SECRET.into()),
        };
        let destination = Destination {
            instance_url: Some(org.url().parse().expect("an address")),
            login_url: None,
            credential,
            api_version: self.api_version,
            expected: self.expected.clone(),
            allowed_hosts: AllowedHosts::default(),
        };
        Order { name: name.to_string(), destination, agreed: None }
    }
}

/// What holds of every report, whatever happened: no success that the org denies, no failure without a reason, and
/// every request counted.
pub(crate) fn assert_truthful(report: &OrgReport, org: &SimulatedOrg) {
    let relays = org.relays();
    let exposed = relays.iter().filter(|relay| relay.is_require_auth || relay.username.is_some()).count();
    let succeeded = matches!(report.outcome, Outcome::Clean | Outcome::Cleared);
    assert!(!succeeded || exposed == 0, "{report:?} of {relays:?}");
    assert_eq!(report.verified == Some(true), report.outcome == Outcome::Cleared, "{report:?}");
    assert_eq!(report.error.is_none(), succeeded || report.outcome == Outcome::WouldClear, "{report:?}");
    for record in &report.records {
        let held = relays.iter().find(|relay| relay.id == record.id.as_str());
        match record.result {
            RecordResult::Cleared => assert!(held.is_some_and(is_cleared), "{record:?} is {held:?}"),
            RecordResult::Gone => assert_eq!(held, None, "{record:?}"),
            RecordResult::Failed => assert!(record.error.is_some(), "{record:?}"),
            RecordResult::NotAttempted | RecordResult::WouldClear => {}
        }
    }
    assert_eq!(report.api_requests as usize, requests(org), "{report:?}");
}

impl Done {
    /// The error's stable name; empty where there is none.
    pub(crate) fn code(&self) -> &'static str {
        self.report.error.as_ref().map_or("", |error| error.trouble.code())
    }

    /// What happened, in words; empty where nothing failed.
    pub(crate) fn message(&self) -> &str {
        self.report.error.as_ref().map_or("", |error| error.message.as_str())
    }

    /// What to do about it; empty where nothing failed.
    pub(crate) fn hint(&self) -> String {
        self.report.error.as_ref().map_or_else(String::new, |error| error.trouble.hint())
    }

    /// The results of the records, in order.
    pub(crate) fn results(&self) -> Vec<RecordResult> {
        self.report.records.iter().map(|record| record.result).collect()
    }

    /// The reason given for the record at this place; empty where there is none.
    pub(crate) fn reason(&self, record: usize) -> &str {
        self.report.records[record].error.as_deref().unwrap_or_default()
    }

    /// Outcome, exit code, error code and number of requests, to be compared at once.
    pub(crate) fn end(&self) -> (Outcome, u8, &'static str, u32) {
        (self.report.outcome, self.exit_code, self.code(), self.report.api_requests)
    }
}
