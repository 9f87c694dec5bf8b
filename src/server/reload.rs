//! What is taken up without a restart: a certificate that was renewed, a webhook secret that is rotated.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::signature::Keys;
use super::tls::Tls;
use super::watched::Watched;
use crate::config::{self, Sourced, read_webhook_secrets};
use crate::domain::printable::with_causes;

/// The files of a service that may change while it runs.
pub(super) struct Files {
    certificate: Watched,
    secrets: Watched,
}

/// What is made of them, and used meanwhile.
pub(super) struct Reload {
    pub(super) files: Files,
    pub(super) tls: Option<Tls>,
    pub(super) keys: Arc<RwLock<Keys>>,
    pub(super) secret_file: Option<Sourced<PathBuf>>,
}

impl Files {
    /// Looks at the files. Whoever uses them reads them after this.
    pub(super) fn new(settings: &config::Service) -> Self {
        let pair = settings.tls.iter().flat_map(|files| [&files.certificate, &files.key]);
        let path = |file: &Sourced<PathBuf>| file.value.clone();
        Self {
            certificate: Watched::new(pair.map(path)),
            secrets: Watched::new(settings.webhook_secret_file.iter().map(path)),
        }
    }
}

impl Reload {
    /// Looks for changes again and again. What is wrong is told once, and what was there before goes on being used.
    pub(super) async fn run(mut self, pause: Duration) {
        loop {
            tokio::time::sleep(pause).await;
            self.certificate();
            self.secrets();
        }
    }

    fn certificate(&mut self) {
        let Some(tls) = &self.tls else { return };
        if !self.files.certificate.changed() {
            return;
        }
        match tls.reload() {
            Ok(()) => tracing::info!("the certificate was read anew, and is used from now on"),
            Err(error) => {
                let error = with_causes(&error);
                tracing::error!(error, "the certificate was changed, and the one before goes on being used");
            }
        }
    }

    fn secrets(&mut self) {
        let Some(file) = &self.secret_file else { return };
        if !self.files.secrets.changed() {
            return;
        }
        match new_keys(file) {
            Ok(keys) => {
                *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
                tracing::info!("the webhook secrets were read anew, and count from now on");
            }
            Err(error) => {
                let file = &file.source;
                tracing::error!(%file, error, "the webhook secrets were changed, and those before go on counting");
            }
        }
    }
}

fn new_keys(file: &Sourced<PathBuf>) -> Result<Keys, String> {
    let secrets = read_webhook_secrets(file)?;
    Keys::new(&secrets).map_err(|error| error.to_string())
}
