//! `relay-scrub serve`.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::arguments::{GlobalArguments, ServeArguments, service_asked};
use super::error::CliError;
use super::signals::{Signal, Signals};
use super::supervisor;
use crate::config::{self, Asked, Environment, Notify, Places, resolve_service};
use crate::domain::printable::printable;
use crate::secrets::SecretStore;
use crate::server::notice::is_there;
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
    if let Some(Notify::Command(words)) = &settings.notify {
        warn_of_program(words);
    }
    let keyring = config::keyring(&places);
    let of_orgs = Asked { config: global.config.clone(), ..Asked::default() };
    let look = {
        let (of_orgs, environment) = (of_orgs.clone(), environment.clone());
        let (places, keyring) = (places.clone(), Arc::clone(&keyring));
        move || warn_of_orgs(&of_orgs, &environment, &places, &keyring)
    };
    let orgs = Orgs::new(of_orgs, environment.clone(), places, keyring);
    let runtime = Runtime::new().map_err(CliError::System)?;
    let ended = runtime.block_on(async {
        // Before anything is listened on, so that no signal is lost.
        let signals = Signals::listen().map_err(CliError::System)?;
        let service = Service::start(settings, orgs).await?;
        // Beside the rest, for a keyring may wait for a person.
        tokio::task::spawn_blocking(look);
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
    supervisor::ready();
    let shutdown = Shutdown::default();
    let running = async {
        tokio::select! {
            () = service.run(&shutdown) => {}
            never = supervisor::alive() => match never {},
        }
    };
    let mut running = std::pin::pin!(running);
    tokio::select! {
        () = &mut running => return None,
        _ = signals.next() => {}
    }
    tracing::info!(
        "stopping: no delivery is taken any more, and running jobs end or are handed back; again to leave at once"
    );
    supervisor::stopping();
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

/// A program that is missing is told at the start, not only when the first job needs somebody. Nothing else waits for it:
/// notices are tried again, and it may be installed meanwhile.
fn warn_of_program(words: &[String]) {
    let Some(program) = words.first() else { return };
    if !is_there(program, &std::env::var_os("PATH").unwrap_or_default()) {
        let program = printable(program);
        tracing::warn!(program, "the program of notify_command is not there: nobody is told of jobs until it is");
    }
}

/// What keeps orgs of the file from being cleared is told at the start, not only when a sandbox calls. Deliveries are taken all the
/// same: settings can be mended while a job waits, and a delivery that was refused comes no more.
fn warn_of_orgs(of_orgs: &Asked, environment: &Environment, places: &Places, keyring: &Arc<dyn SecretStore>) {
    let has_orgs = config::file_orgs(of_orgs, environment, places)
        .is_ok_and(|orgs| orgs.is_some_and(|orgs| !orgs.names.is_empty()));
    let all = Asked { all: true, ..of_orgs.clone() };
    if let Some(errors) = config::resolve(&all, environment, places, keyring).err().filter(|_| has_orgs) {
        for problem in errors.problems() {
            let org = problem.org.as_deref().unwrap_or_default();
            let problem = printable(&problem.to_string());
            tracing::warn!(org, problem, "jobs of this org will wait until this is mended");
        }
    }
}
