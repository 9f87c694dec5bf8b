//! `relay-scrub serve`.

use sd_notify::NotifyState;
use tokio::runtime::Runtime;

use super::arguments::{GlobalArguments, ServeArguments, service_asked};
use super::error::CliError;
use super::signals::{Signal, Signals};
use crate::config::{self, Asked, Environment, Places, resolve_service};
use crate::server::orgs::Orgs;
use crate::server::service::Service;
use crate::server::worker::Shutdown;

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ServeArguments,
    environment: &Environment,
) -> Result<u8, CliError> {
    let places = Places::of_this_process().map_err(CliError::System)?;
    let settings = resolve_service(&service_asked(global, arguments), environment, &places)?;
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
    let keyring = config::keyring(&places);
    let of_orgs = Asked { config: global.config.clone(), ..Asked::default() };
    let orgs = Orgs::new(of_orgs, environment.clone(), places, keyring);
    let runtime = Runtime::new().map_err(CliError::System)?;
    let ended = runtime.block_on(async {
        // Before anything is listened on, so that no signal is lost.
        let signals = Signals::listen().map_err(CliError::System)?;
        let service = Service::start(settings, orgs).await?;
        Ok(serve(service, signals).await)
    });
    // A keyring that waits for a person must not keep the program.
    runtime.shutdown_background();
    ended.map(|signal| signal.map_or(0, Signal::exit_code))
}

/// Runs until a signal asks for the end, and what runs has ended. A second signal, which is returned, ends it at once.
async fn serve(service: Service, mut signals: Signals) -> Option<Signal> {
    let (database, scheme) = (service.database(), service.scheme());
    tracing::info!(address = %service.public_address(), scheme, "listening for sandboxes");
    tracing::info!(address = %service.private_address(), "listening for people and monitoring");
    tracing::info!(database, version = env!("CARGO_PKG_VERSION"), "ready");
    tell_supervisor(NotifyState::Ready);
    let shutdown = Shutdown::default();
    let mut running = std::pin::pin!(service.run(&shutdown));
    tokio::select! {
        () = &mut running => return None,
        _ = signals.next() => {}
    }
    tracing::info!(
        "stopping: no delivery is taken any more, and running jobs end or are handed back; again to leave at once"
    );
    tell_supervisor(NotifyState::Stopping);
    shutdown.begun.cancel();
    let second = tokio::select! {
        () = &mut running => None,
        signal = signals.next() => Some(signal),
    };
    match second {
        None => tracing::info!("stopped"),
        Some(_) => {
            shutdown.stop.in_order.cancel();
            shutdown.stop.at_once.cancel();
            running.await;
            tracing::warn!("left at once: what was running is taken up again when its lease is over");
        }
    }
    second
}

/// Tells systemd, where that started the program and wants to know.
fn tell_supervisor(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "systemd could not be told");
    }
}
