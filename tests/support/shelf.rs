//! A queue on SQLite with jobs in it, brought there as the service does, and the private listener over it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use relay_scrub::config::Database;
use relay_scrub::domain::report::{FleetReport, Mode, OrgReport};
use relay_scrub::output::json;
use relay_scrub::secrets::Secret;
use relay_scrub::server::admin::{Admin, AdminSettings, router};
use relay_scrub::server::job::{Delivery, JobId, Reason, State};
use relay_scrub::server::metrics::Metrics;
use relay_scrub::server::queue::{Accepted, Limits, Queue, Settled};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

pub(crate) const TOKEN: &str = "planted-admin-token-0123456789";

/// A queue of its own.
pub(crate) struct Shelf {
    pub(crate) queue: Queue,
    pub(crate) folder: TempDir,
}

/// The private listener of a shelf, on a port of its own. It ends with its value.
pub(crate) struct Listening {
    pub(crate) address: SocketAddr,
    pub(crate) stopping: CancellationToken,
    serving: tokio::task::JoinHandle<()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Shelf {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let limits = Limits {
            lease: Duration::from_secs(60),
            rest: Duration::ZERO,
            give_up_after: Duration::from_secs(72 * 3600),
            notices: true,
        };
        let database = Database::Sqlite(folder.path().join("jobs.db"));
        let queue = Queue::open(&database, limits).await.expect("a queue");
        Self { queue, folder }
    }

    /// How a command names the database.
    pub(crate) fn database(&self) -> String {
        format!("sqlite:{}", self.folder.path().join("jobs.db").display())
    }

    /// A job that waits for its first attempt.
    pub(crate) async fn waiting(&self, sandbox: &str) -> JobId {
        self.told(sandbox, &JobId::generate().to_string()).await
    }

    /// A delivery of this id; the job that it is, or is told of by.
    pub(crate) async fn told(&self, sandbox: &str, webhook_id: &str) -> JobId {
        let delivery = Delivery {
            webhook_id: webhook_id.into(),
            organization_id: "00D5e000000abcDEAQ".parse().expect("an org's id"),
            sandbox_id: "07E5e000000wxyzEAA".into(),
            sandbox: sandbox.into(),
        };
        let place = format!("acme--{sandbox}.sandbox.my.salesforce.com");
        match self.queue.accept(&delivery, &place).await.expect("the database") {
            Accepted::New(id) | Accepted::Joined(id) | Accepted::Known(id) => id,
            Accepted::Full => panic!("no job more of {sandbox}"),
        }
    }

    /// A job that a worker is at.
    pub(crate) async fn running(&self, sandbox: &str) -> JobId {
        let id = self.waiting(sandbox).await;
        self.queue.claim().await.expect("the database").expect("a job");
        id
    }

    /// A job after one attempt.
    pub(crate) async fn settled(&self, sandbox: &str, settled: impl FnOnce(JobId) -> Settled) -> JobId {
        let id = self.waiting(sandbox).await;
        let claim = self.queue.claim().await.expect("the database").expect("a job");
        assert_eq!(claim.jobs.iter().map(|job| &job.id).collect::<Vec<_>>(), [&id]);
        assert!(self.queue.settle(&claim, &[settled(id.clone())]).await.expect("the database"));
        id
    }

    /// The private listener, with the token or without.
    pub(crate) async fn listen(&self, token: Option<&str>, hosts: &[&str]) -> Listening {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let (address, stopping) = (listener.local_addr().expect("an address"), CancellationToken::new());
        let settings = AdminSettings {
            listen: address,
            hosts: hosts.iter().map(ToString::to_string).collect(),
            token: token.map(|token| Secret::new(token.into())),
            tls: false,
        };
        let admin = Admin::new(settings, self.queue.clone(), Metrics::install(), stopping.clone());
        let router = router(Arc::new(admin));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.expect("it serves") });
        Listening { address, stopping, serving }
    }
}

impl Listening {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// A job that is done, with this report.
pub(crate) fn done(id: JobId, outcome: &str, org: OrgReport) -> Settled {
    let (warnings, outcome, report) = (org.warnings.clone(), Some(outcome.to_string()), Some(report(org)));
    Settled { state: State::Done, again_in: None, reason: None, outcome, warnings, report, ..again(id, "", false) }
}

/// A job that goes on waiting, for this reason.
pub(crate) fn again(id: JobId, message: &str, needs_attention: bool) -> Settled {
    Settled {
        id,
        state: State::Waiting,
        again_in: Some(Duration::from_secs(720)),
        needs_attention,
        reason: Some(Reason {
            code: "login_refused".into(),
            message: message.into(),
            hint: "Approve the app for the user. Waiting does not help.".into(),
        }),
        outcome: Some("failed".into()),
        warnings: Vec::new(),
        report: None,
    }
}

/// A job that ended without success, for this reason.
pub(crate) fn ended(id: JobId, state: State, message: &str) -> Settled {
    Settled { state, again_in: None, ..again(id, message, false) }
}

/// The report of a run of one org, as the service keeps it.
pub(crate) fn report(org: OrgReport) -> String {
    let time = "2026-11-23T09:00:00Z".parse().expect("a time");
    let report = FleetReport {
        run_id: "01JDB3Q0Z5W8K6M4N2P7R9T1V3".into(),
        mode: Mode::Scrub,
        started_at: time,
        finished_at: time,
        orgs: vec![org],
    };
    let mut text = Vec::new();
    json::write(&report, "0.1.0", &mut text).expect("a Vec takes everything");
    String::from_utf8(text).expect("UTF-8")
}
