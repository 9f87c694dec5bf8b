//! Where jobs find their orgs: the settings, read anew each time, so that what was mended counts without a restart.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::spawn_blocking;

use crate::config::{Asked, ConfigErrors, Environment, Places, SandboxTarget, host_of_sandbox, resolve_sandbox};
use crate::domain::report::Failure;
use crate::domain::trouble::Trouble;
use crate::scrub::Order;
use crate::secrets::SecretStore;

/// How long the settings may take to be read. A keyring may ask a person, and nobody may be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// The settings of the orgs. Clones of it read the same ones.
#[derive(Clone)]
pub struct Orgs(Arc<Inner>);

struct Inner {
    asked: Asked,
    environment: Environment,
    places: Places,
    keyring: Arc<dyn SecretStore>,
}

/// What is to be done for one sandbox.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// Where: see [`Orgs::place`].
    pub(super) place: String,
    /// The org, with its secrets.
    pub(super) order: Order,
    /// The time for it as a whole.
    pub(super) timeout: Duration,
}

impl Orgs {
    /// Orgs of these settings. No org may be named in what was asked for: the sandboxes do that.
    pub fn new(asked: Asked, environment: Environment, places: Places, keyring: Arc<dyn SecretStore>) -> Self {
        Self(Arc::new(Inner { asked, environment, places, keyring }))
    }

    /// Where a sandbox is worked on: the host of its org, and while the settings have none, its own name.
    ///
    /// No secret is read for that. A place that has changed when the work begins is noticed then.
    pub async fn place(&self, sandbox: &str) -> String {
        let (inner, name) = (Arc::clone(&self.0), sandbox.to_string());
        let host =
            spawn_blocking(move || host_of_sandbox(&name, &inner.asked, &inner.environment, &inner.places)).await;
        host.ok().flatten().unwrap_or_else(|| unknown(sandbox))
    }

    /// The org of a sandbox, with all that the work on it needs.
    ///
    /// # Errors
    /// What is wrong with the settings. Nothing was contacted.
    pub(super) async fn find(&self, sandbox: &str) -> Result<Found, Failure> {
        let (inner, name) = (Arc::clone(&self.0), sandbox.to_string());
        let found = tokio::time::timeout(PATIENCE, spawn_blocking(move || inner.find(&name))).await;
        let found = found.map_err(|_| {
            let message =
                "the settings could not be read in time: does the keyring wait for a person, or a file's disk?";
            Failure::new(Trouble::Configuration, message)
        })?;
        let found = found.map_err(|_| Failure::new(Trouble::Internal, "reading the settings panicked"))?;
        let found = found.map_err(|errors| Failure::new(Trouble::Configuration, errors.to_string()))?;
        let SandboxTarget { target, guard, timeout, warnings } = found;
        for warning in warnings {
            tracing::warn!(sandbox, "{warning}");
        }
        let place = target.host().unwrap_or_else(|| unknown(sandbox));
        tracing::info!(org = target.org.name, place = target.credential_place, "the secret was found");
        let order = Order::new(target, &guard).map_err(|refused| {
            let message = refused.to_string();
            Failure::new(Trouble::Refused(refused.refusal), message)
        })?;
        Ok(Found { place, order, timeout })
    }
}

impl Inner {
    fn find(&self, sandbox: &str) -> Result<SandboxTarget, ConfigErrors> {
        resolve_sandbox(sandbox, &self.asked, &self.environment, &self.places, &self.keyring)
    }
}

/// What stands for the place of a sandbox that the settings have no host for. No host looks like that.
fn unknown(sandbox: &str) -> String {
    format!("sandbox:{sandbox}")
}

impl fmt::Debug for Orgs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Orgs")
    }
}
