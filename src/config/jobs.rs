//! Where `jobs` finds the jobs: in the service's database, or at a running service.

use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use super::asked::Asked;
use super::database::Database;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::places::Places;
use super::resolve::read_file;
use super::secret_file::SecretFiles;
use super::service::{safe_address, token};
use super::service_asked::ServiceAsked;
use super::service_layers::ServiceLayers;
use super::setting::Setting;
use super::source::Source;
use super::value;
use crate::secrets::Secret;

/// What the flags of `jobs` said, unchecked.
///
/// It has no Debug, for an address that was typed may have a password in it.
#[derive(Clone, Default)]
pub struct JobsAsked {
    /// `--config`
    pub config: Option<PathBuf>,
    /// `--database`
    pub database: Option<String>,
    /// `--database-file`
    pub database_file: Option<PathBuf>,
    /// `--service`
    pub service: Option<String>,
    /// `--admin-token-file`
    pub admin_token_file: Option<PathBuf>,
}

/// Where the jobs are.
#[derive(Clone, Debug)]
pub enum JobsPlace {
    /// In the database that the service works on.
    Database {
        /// Which.
        database: Database,
        /// How old a job grows before it is given up, as the service has it unless its flag says otherwise.
        give_up_after: Duration,
    },
    /// At the private listener of a running service.
    Service {
        /// Its address, without a path.
        address: Url,
        /// What lets in there, where it is known.
        token: Option<Secret>,
    },
}

/// Finds out where the jobs are, with what should be told about it: at `--service` where that was given, else in the
/// database, which is named as for the service itself.
///
/// # Errors
/// Everything that is wrong. Nothing was contacted.
pub fn resolve_jobs(
    asked: &JobsAsked,
    environment: &Environment,
    places: &Places,
) -> Result<(JobsPlace, Vec<String>), ConfigErrors> {
    let mut problems = ConfigErrors::default();
    let of_file = Asked { config: asked.config.clone(), ..Asked::default() };
    let Ok(file) = read_file(&of_file, environment, places, &mut problems) else { return Err(problems) };
    let service = ServiceAsked {
        database: asked.database.clone(),
        database_file: asked.database_file.clone(),
        admin_token_file: asked.admin_token_file.clone(),
        ..ServiceAsked::default()
    };
    let files = SecretFiles::default();
    let mut layers = ServiceLayers { asked: &service, environment, places, file: file.as_ref(), files, problems };
    let found = match &asked.service {
        Some(address) => at_service(address, &mut layers).map(|place| (place, Vec::new())),
        None => in_database(&mut layers),
    };
    let ServiceLayers { files, problems, .. } = layers;
    match found {
        Some((place, mut warnings)) if problems.is_empty() => {
            warnings.extend(files.into_warnings());
            Ok((place, warnings))
        }
        _ => Err(problems),
    }
}

fn in_database(layers: &mut ServiceLayers<'_>) -> Option<(JobsPlace, Vec<String>)> {
    let give_up_after = layers.span(Setting::GiveUpAfter);
    let (database, warnings) = layers.database()?;
    Some((JobsPlace::Database { database, give_up_after }, warnings))
}

fn at_service(address: &str, layers: &mut ServiceLayers<'_>) -> Option<JobsPlace> {
    let token = layers.secret(Setting::AdminTokenFile, token);
    match safe_address(address) {
        Ok(address) => Some(JobsPlace::Service { address: value::origin(address), token }),
        Err(wrong) => {
            layers.problems.add(Source::Flag("--service"), wrong);
            None
        }
    }
}
