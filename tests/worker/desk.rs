//! A service without its listeners: a queue on SQLite, a configuration file, simulated orgs, and workers.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use relay_scrub::config::{Asked, Environment, Places};
use relay_scrub::salesforce::{Patience, Transport};
use relay_scrub::secrets::{MemoryStore, SecretStore};
use relay_scrub::server::job::{Delivery, Job, JobId, State};
use relay_scrub::server::orgs::Orgs;
use relay_scrub::server::queue::{Accepted, Limits, Queue};
use relay_scrub::server::retry;
use relay_scrub::server::worker::{Settings, Shutdown, Workers};
use relay_scrub::simulator::{OrgSetup, SimulatedOrg, Simulator};
use sqlx::Connection;
use tempfile::TempDir;
use tokio::task::JoinHandle;
use ulid::Ulid;

use crate::queue::desk::database;
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, exposed, sandbox};

pub(super) const HOUR: Duration = Duration::from_secs(60 * 60);
/// Longer than anything here takes; it ends a test that waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder, a simulator, and the settings of a service.
pub(super) struct Desk {
    pub(super) simulator: Simulator,
    pub(super) limits: Limits,
    pub(super) settings: Settings,
    pub(super) keyring: Arc<dyn SecretStore>,
    folder: TempDir,
}

/// The parts of one replica.
pub(super) struct Replica {
    pub(super) queue: Queue,
    pub(super) orgs: Orgs,
    workers: Workers,
}

/// Workers at work.
pub(super) struct Working {
    pub(super) shutdown: Shutdown,
    running: JoinHandle<()>,
}

impl Desk {
    /// Pauses of milliseconds, leases that outlast each test, and no rest.
    pub(super) async fn new() -> Self {
        let ms = Duration::from_millis;
        let retry = retry::Limits { first: ms(10), longest: ms(40) };
        Self {
            simulator: Simulator::start().await.expect("a simulator"),
            limits: Limits { lease: HOUR, rest: Duration::ZERO, give_up_after: 72 * HOUR, notices: true },
            settings: Settings { workers: 4, poll: ms(10), lease: HOUR, every_relay: false, retry },
            keyring: Arc::new(MemoryStore::default()),
            folder: tempfile::tempdir().expect("a folder"),
        }
    }

    /// As [`Desk::new`], but that what did not succeed is not tried again before the test is over.
    pub(super) async fn with_long_pauses() -> Self {
        let mut desk = Self::new().await;
        desk.settings.retry = retry::Limits { first: HOUR, longest: HOUR };
        desk
    }

    pub(super) async fn org(&self, setup: OrgSetup) -> SimulatedOrg {
        self.simulator.add_org(setup).await.expect("an org")
    }

    /// The sandbox `uat` with an exposed relay, and a section of its name.
    pub(super) async fn uat(&self) -> SimulatedOrg {
        let org = self.org(sandbox("uat").relay(exposed())).await;
        self.orgs(&[("uat", &org)]);
        org
    }

    /// Writes the configuration file with these orgs.
    pub(super) fn orgs(&self, orgs: &[(&str, &SimulatedOrg)]) {
        self.orgs_and(orgs, "");
    }

    /// As [`Desk::orgs`], with something more behind it.
    pub(super) fn orgs_and(&self, orgs: &[(&str, &SimulatedOrg)], more: &str) {
        let section =
            |(name, org): &(&str, &SimulatedOrg)| format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
        let sections: String = orgs.iter().map(section).collect();
        let defaults = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
        self.file("relay-scrub.toml", &format!("{defaults}client_secret_file = \"secret\"\n{sections}{more}"));
        self.uat_secret();
    }

    /// Writes the secret of the app.
    pub(super) fn uat_secret(&self) {
        self.file("secret", CONSUMER_SECRET);
    }

    pub(super) fn file(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::write(&path, text).expect("a file");
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The address of the database.
    pub(super) fn address(&self) -> String {
        format!("sqlite:{}", self.path("queue.sqlite").display())
    }

    /// A connection around the queue.
    pub(super) async fn connection(&self) -> sqlx::AnyConnection {
        sqlx::any::install_default_drivers();
        sqlx::AnyConnection::connect(&self.address()).await.expect("a connection")
    }

    /// Where a job is to be worked on.
    pub(super) async fn place_of(&self, id: &JobId) -> String {
        let place = sqlx::query_scalar("SELECT place FROM jobs WHERE id = $1").bind(id.to_string());
        place.fetch_one(&mut self.connection().await).await.expect("the job")
    }

    pub(super) async fn replica(&self) -> Replica {
        let queue = Queue::open(&database(&self.address()), self.limits).await.expect("a queue");
        let places = Places { working_directory: self.folder.path().into(), ..Places::default() };
        let environment = Environment::new([("", ""); 0]);
        let orgs = Orgs::new(Asked::default(), environment, places, Arc::clone(&self.keyring));
        let patience = Patience {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(2),
            tries: 2,
            ..Patience::default()
        };
        let workers = Workers::new(queue.clone(), orgs.clone(), Transport::new(patience), self.settings);
        Replica { queue, orgs, workers }
    }
}

impl Replica {
    /// A call of the sandbox of this name, for an org of this id.
    pub(super) async fn deliver(&self, sandbox: &str, organization_id: &str) -> JobId {
        self.deliver_to(&self.orgs.place(sandbox).await, sandbox, organization_id).await
    }

    /// As [`Replica::deliver`], to be worked on at this place.
    pub(super) async fn deliver_to(&self, place: &str, sandbox: &str, organization_id: &str) -> JobId {
        let delivery = Delivery {
            webhook_id: Ulid::generate().to_string(),
            organization_id: organization_id.parse().expect("an id"),
            sandbox_id: "0GQ5e0000000001".into(),
            sandbox: sandbox.into(),
        };
        match self.queue.accept(&delivery, place).await.expect("accepted") {
            Accepted::New(id) | Accepted::Joined(id) => id,
            other => panic!("not accepted: {other:?}"),
        }
    }

    /// A call of `uat` for the org that this is now.
    pub(super) async fn deliver_uat(&self, org: &SimulatedOrg) -> JobId {
        self.deliver("uat", &org.id()).await
    }

    pub(super) fn work(&self) -> Working {
        let (workers, shutdown) = (self.workers.clone(), Shutdown::default());
        let signals = shutdown.clone();
        Working { shutdown, running: tokio::spawn(async move { workers.run(&signals).await }) }
    }

    pub(super) async fn job(&self, id: &JobId) -> Job {
        self.queue.job(id).await.expect("an answer").expect("the job")
    }

    /// Waits until the job is as wanted.
    pub(super) async fn wait(&self, id: &JobId, wanted: impl Fn(&Job) -> bool) -> Job {
        let waiting = async {
            loop {
                let job = self.job(id).await;
                if wanted(&job) {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(job) => job,
            Err(_) => panic!("it never came to that: {:?}", self.job(id).await),
        }
    }

    /// Waits until the job is in its final state, and that is the one wanted.
    pub(super) async fn finished(&self, id: &JobId, state: State) -> Job {
        let job = self.wait(id, |job| job.state.is_final()).await;
        assert_eq!(job.state, state, "{job:?}");
        job
    }

    /// Waits until the job waits for another attempt, for this reason.
    pub(super) async fn waits_for(&self, id: &JobId, code: &str) -> Job {
        let is_so = |job: &Job| job.state == State::Waiting && job.reason.as_ref().is_some_and(|why| why.code == code);
        self.wait(id, is_so).await
    }
}

impl Working {
    /// Lets them come to their end.
    pub(super) async fn stop(self) {
        self.shutdown.begun.cancel();
        self.end().await;
    }

    /// Waits until they have ended.
    pub(super) async fn end(self) {
        tokio::time::timeout(PATIENCE, self.running).await.expect("they end").expect("they don't panic");
    }

    /// As when the process is killed.
    pub(super) async fn kill(self) {
        self.running.abort();
        self.running.await.expect_err("it was killed");
    }
}
