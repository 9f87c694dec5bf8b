//! The service as a whole: queue, workers, both listeners, and what has to be done now and then.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use axum::Router;
use axum_server::{Control, Handle};
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::admin::{self, Admin, AdminSettings};
use super::hook::{self, Hook};
use super::limits::Rate;
use super::listener::{Connections, Listener};
use super::metrics::Metrics;
use super::notice::{self, Sender};
use super::orgs::Orgs;
use super::queue::{self, OpenError, Queue};
use super::reload::{Files, Reload};
use super::retry;
use super::signature::Keys;
use super::tls::{Tls, TlsError};
use super::worker::{self, Shutdown, Workers};
use crate::config;
use crate::domain::printable::with_causes;
use crate::salesforce::Transport;

/// How long requests that are being answered have at the end, once no job runs any more.
const LAST_ANSWERS: Duration = Duration::from_secs(2);
/// How often old jobs are let go, and the figures put together.
const SWEEP: Duration = Duration::from_secs(60);

/// Why the service does not start. Nothing is answered then.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The certificate or its key is to be mended.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A secret that is none after all.
    #[error("the webhook secret can't be used")]
    Secret(#[from] standardwebhooks::WebhookError),
    /// Something else listens there, or it is not ours to listen on.
    #[error("{address} can't be listened on")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The database can't be used.
    #[error(transparent)]
    Database(#[from] OpenError),
}

/// A service whose ports are taken and whose database is open.
pub struct Service {
    settings: config::Service,
    orgs: Orgs,
    queue: Queue,
    keys: Arc<RwLock<Keys>>,
    tls: Option<Tls>,
    files: Files,
    public: Listener,
    private: Listener,
}

impl Service {
    /// Reads the files, opens the database and takes the ports. Nothing is answered before [`Service::run`].
    ///
    /// # Errors
    /// What has to be mended first.
    pub async fn start(settings: config::Service, orgs: Orgs) -> Result<Self, StartError> {
        let files = Files::new(&settings);
        let tls = settings.tls.clone().map(Tls::load).transpose()?;
        let keys = Arc::new(RwLock::new(Keys::new(&settings.webhook_secrets)?));
        let queue = Queue::open(&settings.database, limits(&settings)).await?;
        let public = listen(settings.listen).await?;
        let private = listen(settings.admin_listen).await?;
        Ok(Self { settings, orgs, queue, keys, tls, files, public, private })
    }

    /// Where the sandboxes call.
    pub fn public_address(&self) -> SocketAddr {
        self.public.address()
    }

    /// How they call.
    pub fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }

    /// Where the queue lives, without a password.
    pub fn database(&self) -> String {
        self.settings.database.to_string()
    }

    /// Where people and monitoring look.
    pub fn private_address(&self) -> SocketAddr {
        self.private.address()
    }

    /// Answers and works until it is asked to end: then the hook says so to whoever calls, jobs end or are handed back,
    /// and the private listener answers until that is done.
    pub async fn run(self, shutdown: &Shutdown) {
        let Self { settings, orgs, queue, keys, tls, files, public, private } = self;
        let workers = Workers::new(queue.clone(), orgs.clone(), Transport::default(), pauses(&settings));
        let metrics = Metrics::install();
        let private_tls = tls.as_ref().filter(|_| !private.address().ip().is_loopback());
        let people = Admin::new(
            admin_settings(&settings, &private, private_tls.is_some()),
            queue.clone(),
            metrics.clone(),
            shutdown.begun.clone(),
        );
        let people = admin::router(Arc::new(people));
        let sandboxes = hook::router(Arc::new(hook(&settings, &queue, &keys, orgs, shutdown)));
        let control = Control::new();
        let answering = async {
            tokio::join!(
                answer(public, sandboxes, tls.as_ref(), &settings, &control),
                answer(private, people, private_tls, &settings, &control),
            )
        };
        let working = async {
            work(&workers, shutdown, settings.grace).await;
            control.graceful_shutdown(Some(LAST_ANSWERS));
        };
        let telling = async {
            if let Some(notify) = settings.notify.clone() {
                Sender::new(notify, notice_pauses(&settings), queue.clone()).run(&shutdown.begun).await;
            }
        };
        // In tasks of their own, for a file system that hangs must not keep a delivery waiting. Dropped, they end.
        let mut now_and_then = JoinSet::new();
        now_and_then.spawn(sweep(queue.clone(), settings.keep_jobs, metrics));
        let reload = Reload { files, tls: tls.clone(), keys, secret_file: settings.webhook_secret_file.clone() };
        now_and_then.spawn(reload.run(settings.reload));
        tokio::select! {
            _ = async { tokio::join!(working, telling, answering) } => queue.close().await,
            () = shutdown.stop.at_once.cancelled() => {}
        }
    }
}

/// Works until the service is asked to end, and then as long as it may.
async fn work(workers: &Workers, shutdown: &Shutdown, grace: Duration) {
    let mut working = std::pin::pin!(workers.run(shutdown));
    let end = async {
        shutdown.begun.cancelled().await;
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        () = &mut working => return,
        () = end => {}
    }
    tracing::info!("the time is over: what still runs ends where it can, and is handed back");
    shutdown.stop.in_order.cancel();
    working.await;
}

/// Answers on one listener until `control` asks for the end.
async fn answer(listener: Listener, router: Router, tls: Option<&Tls>, settings: &config::Service, control: &Control) {
    let connections = Connections {
        most: settings.connections,
        most_per_address: settings.connections_per_address,
        proxies: settings.trusted_proxies.clone().into(),
        patience: settings.request_timeout,
    };
    let address = listener.address();
    let handle = Handle::with_control(control.clone());
    if let Err(error) = listener.serve(router, tls.map(Tls::current), connections, handle).await {
        tracing::error!(%address, %error, "nothing is answered here any more");
    }
}

fn hook(settings: &config::Service, queue: &Queue, keys: &Arc<RwLock<Keys>>, orgs: Orgs, shutdown: &Shutdown) -> Hook {
    Hook {
        queue: queue.clone(),
        keys: Arc::clone(keys),
        orgs,
        by_address: Rate::per_minute(settings.requests_per_address),
        by_sandbox: Rate::per_minute(settings.requests_per_sandbox),
        proxies: settings.trusted_proxies.clone().into(),
        patience: settings.request_timeout,
        stopping: shutdown.begun.clone(),
    }
}

fn admin_settings(settings: &config::Service, private: &Listener, tls: bool) -> AdminSettings {
    AdminSettings {
        listen: private.address(),
        hosts: settings.admin_hosts.clone(),
        token: settings.admin_token.clone(),
        tls,
    }
}

fn limits(settings: &config::Service) -> queue::Limits {
    queue::Limits {
        lease: settings.lease,
        rest: settings.rest,
        give_up_after: settings.give_up_after,
        notices: settings.notify.is_some(),
    }
}

fn pauses(settings: &config::Service) -> worker::Settings {
    worker::Settings {
        workers: settings.workers,
        poll: settings.poll,
        lease: settings.lease,
        every_relay: settings.every_relay,
        retry: retry::Limits { first: settings.retry_first, longest: settings.retry_longest },
    }
}

fn notice_pauses(settings: &config::Service) -> notice::Pauses {
    notice::Pauses {
        poll: settings.poll,
        lease: settings.lease,
        first: settings.retry_first,
        longest: settings.retry_longest,
        give_up_after: settings.give_up_after,
    }
}

async fn listen(address: SocketAddr) -> Result<Listener, StartError> {
    Listener::bind(address).await.map_err(|source| StartError::Listen { address, source })
}

/// Lets old jobs go, at the start and every now and then.
async fn sweep(queue: Queue, keep: Duration, metrics: Metrics) {
    let mut look = every(SWEEP);
    loop {
        look.tick().await;
        metrics.tidy();
        match queue.forget(keep).await {
            Ok(0) => {}
            Ok(jobs) => tracing::info!(jobs, "jobs that ended long ago were deleted"),
            Err(error) => {
                let error = with_causes(&error);
                tracing::warn!(error, "old jobs could not be deleted: trying again in a minute");
            }
        }
    }
}

/// A clock that ticks at once, and then so often; not more often where it was kept from ticking.
fn every(pause: Duration) -> tokio::time::Interval {
    let mut clock = interval(pause);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    clock
}
