//! Ctrl-C and SIGTERM: the first stops the run in order, a second ends it at once.

use std::io;

use super::console::Console;
use crate::scrub::Stop;

/// A signal that asks to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signal {
    Interrupt,
    #[cfg_attr(not(unix), expect(dead_code, reason = "only Unix sends it"))]
    Terminate,
}

impl Signal {
    /// The exit code that tells a caller of the signal.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Interrupt => 130,
            Self::Terminate => 143,
        }
    }
}

/// What a stopped run of several orgs says.
pub(super) const STOPPING_RUN: &str =
    "Stopping: no more orgs are begun, and a write under way ends first. Again to leave at once.";

/// Runs `work` until it ends. The first signal stops it in order, a second at once; the last is returned beside the
/// result.
pub(super) async fn watch<T>(
    console: &Console,
    stop: &Stop,
    stopping: &str,
    work: impl Future<Output = T>,
) -> io::Result<(T, Option<Signal>)> {
    let mut signals = Signals::listen()?;
    let mut work = std::pin::pin!(work);
    let first = tokio::select! {
        result = &mut work => return Ok((result, None)),
        signal = signals.next() => signal,
    };
    stop.in_order.cancel();
    console.say(stopping);
    let second = tokio::select! {
        result = &mut work => return Ok((result, Some(first))),
        signal = signals.next() => signal,
    };
    stop.at_once.cancel();
    Ok((work.await, Some(second)))
}

/// Waits for a signal.
pub(super) async fn first() -> io::Result<Signal> {
    Ok(Signals::listen()?.next().await)
}

/// Listens for signals; those that come while nobody waits are kept for the next who does.
#[cfg(unix)]
pub(super) struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    pub(super) async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

/// Listens for Ctrl-C.
#[cfg(not(unix))]
pub(super) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(super) fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) async fn next(&mut self) -> Signal {
        // An error means that the handler could not be set: then there is no signal to wait for.
        match tokio::signal::ctrl_c().await {
            Ok(()) => Signal::Interrupt,
            Err(_) => std::future::pending().await,
        }
    }
}
