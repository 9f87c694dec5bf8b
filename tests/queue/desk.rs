//! A database of a test's own, and what the scenarios do with it.

use std::any::Any;
use std::collections::BTreeSet;
use std::time::Duration;

use relay_scrub::config::{Database, DatabaseAsked, Environment, Places, resolve_database};
use relay_scrub::server::job::{Delivery, Job, JobId, Reason, State};
use relay_scrub::server::queue::{Accepted, Claim, Filter, Limits, Queue, Settled};

pub(crate) const HOUR: Duration = Duration::from_secs(60 * 60);

/// Where `uat` is reached.
pub(crate) const UAT: &str = "acme--uat.sandbox.my.salesforce.com";

/// Leases that outlast each test, and no rest.
pub(crate) const LIMITS: Limits =
    Limits { lease: HOUR, rest: Duration::ZERO, give_up_after: Duration::from_secs(72 * 60 * 60), notices: true };

/// Leases that are over as soon as they begin: whoever holds one seems to have died.
pub(crate) const DYING: Limits = Limits { lease: Duration::ZERO, ..LIMITS };

/// A database of a test's own.
pub(crate) struct Desk {
    pub(crate) database: Database,
    _kept: Box<dyn Any + Send + Sync>,
}

impl Desk {
    /// A database at this address, and what is thrown away when the test is over.
    pub(crate) fn new(address: &str, kept: impl Any + Send + Sync) -> Self {
        Self { database: database(address), _kept: Box::new(kept) }
    }

    /// Opens it as the first process, or as a further one.
    pub(crate) async fn queue(&self) -> Queue {
        self.queue_with(LIMITS).await
    }

    pub(crate) async fn queue_with(&self, limits: Limits) -> Queue {
        Queue::open(&self.database, limits).await.unwrap_or_else(|error| panic!("{error}: {error:?}"))
    }

    /// A connection around the queue.
    pub(crate) async fn connection(&self) -> sqlx::AnyConnection {
        sqlx::any::install_default_drivers();
        let address = match &self.database {
            Database::Sqlite(path) => format!("sqlite:{}", path.display()),
            Database::Postgres(url) => url.expose().to_owned(),
        };
        <sqlx::AnyConnection as sqlx::Connection>::connect(&address).await.expect("a connection")
    }
}

/// The database of this address, which may hold a password.
pub(crate) fn database(address: &str) -> Database {
    let environment = Environment::new([("RELAY_SCRUB_DATABASE", address)]);
    resolve_database(&DatabaseAsked::default(), &environment, &Places::default()).expect("an address").0
}

/// The org id of a number, each its own.
pub(crate) fn org(number: u32) -> String {
    format!("00D5e{number:010}")
}

/// A delivery of `uat` for the org of a number.
pub(crate) fn delivery(webhook_id: &str, number: u32) -> Delivery {
    Delivery {
        webhook_id: webhook_id.into(),
        organization_id: org(number).parse().expect("an id"),
        sandbox_id: "0GQ5e0000000001".into(),
        sandbox: "uat".into(),
    }
}

/// Accepts it, and gives the id of the new job.
pub(crate) async fn accept_new(queue: &Queue, delivery: &Delivery, place: &str) -> JobId {
    match queue.accept(delivery, place).await.expect("accepted") {
        Accepted::New(id) => id,
        other => panic!("not a new job: {other:?}"),
    }
}

pub(crate) async fn claim(queue: &Queue) -> Claim {
    queue.claim().await.expect("the database").expect("something to do")
}

pub(crate) async fn nothing_to_claim(queue: &Queue) {
    let claim = queue.claim().await.expect("the database");
    assert!(claim.is_none(), "{claim:?}");
}

/// Which jobs these are. Two of the same millisecond have no order.
pub(crate) fn ids(jobs: &[Job]) -> BTreeSet<JobId> {
    jobs.iter().map(|job| job.id.clone()).collect()
}

pub(crate) fn all() -> Filter {
    Filter { limit: 1000, ..Filter::default() }
}

pub(crate) async fn job(queue: &Queue, id: &JobId) -> Job {
    queue.job(id).await.expect("the database").expect("the job")
}

/// A job that came to a state.
pub(crate) fn settled(id: &JobId, state: State) -> Settled {
    Settled {
        id: id.clone(),
        state,
        again_in: None,
        needs_attention: false,
        reason: None,
        outcome: None,
        warnings: Vec::new(),
        report: None,
    }
}

/// A job that waits for an hour, for a reason.
pub(crate) fn later(id: &JobId, code: &str, needs_attention: bool) -> Settled {
    let reason = Reason { code: code.into(), message: format!("{code} happened"), hint: "do something".into() };
    Settled { again_in: Some(HOUR), reason: Some(reason), needs_attention, ..settled(id, State::Waiting) }
}

/// Claims, and lets each job come to this state.
pub(crate) async fn end_all(queue: &Queue, state: State) -> BTreeSet<JobId> {
    let claim = claim(queue).await;
    let ends: Vec<Settled> = claim.jobs.iter().map(|job| settled(&job.id, state)).collect();
    assert!(queue.settle(&claim, &ends).await.expect("settled"));
    ids(&claim.jobs)
}
