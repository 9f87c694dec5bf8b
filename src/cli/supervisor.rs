//! systemd, where that started the program and wants to know how it is. Elsewhere nobody is told.

use std::convert::Infallible;
use std::future::pending;

/// Says that the service listens, and has its database.
pub(super) fn ready() {
    #[cfg(unix)]
    systemd::tell(sd_notify::NotifyState::Ready);
}

/// Says that the service ends, in its own time.
pub(super) fn stopping() {
    #[cfg(unix)]
    systemd::tell(sd_notify::NotifyState::Stopping);
}

/// Says that the program lives, twice in the time after which systemd would take it for dead (`WatchdogSec=`).
///
/// It has to be polled by the task that does the work: a task of its own would go on saying so where that one is stuck.
pub(super) async fn alive() -> Infallible {
    #[cfg(unix)]
    systemd::say_that_it_lives().await;
    pending().await
}

#[cfg(unix)]
mod systemd {
    use sd_notify::NotifyState;

    pub(super) fn tell(state: NotifyState<'_>) {
        if let Err(error) = sd_notify::notify(&[state]) {
            tracing::warn!(%error, "systemd could not be told");
        }
    }

    pub(super) async fn say_that_it_lives() {
        let Some(patience) = sd_notify::watchdog_enabled().filter(|patience| !patience.is_zero()) else { return };
        let mut clock = tokio::time::interval(patience / 2);
        loop {
            clock.tick().await;
            tell(NotifyState::Watchdog);
        }
    }
}
