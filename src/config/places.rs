//! Where the configuration file is looked for.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy;

use super::asked::Asked;
use super::environment::Environment;
use super::secret_file;
use super::source::{Source, Sourced};
use crate::domain::printable::printable;

/// The file's name.
const NAME: &str = "relay-scrub.toml";
/// The folder of this program in the platform's one.
const FOLDER: &str = "relay-scrub";
/// A larger file is not a configuration: 1 MiB.
const LIMIT: u64 = 1 << 20;

/// The folders that matter to the settings.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// What relative paths of flags and environment start from.
    pub working_directory: PathBuf,
    /// The platform's folder for configuration, without this program's own in it.
    pub platform_folder: Option<PathBuf>,
    /// The platform's folder for data, without this program's own in it.
    pub data_folder: Option<PathBuf>,
    /// What `~/` in the file stands for.
    pub home: Option<PathBuf>,
    /// The Salesforce CLI, where it is installed.
    pub salesforce_cli: Option<PathBuf>,
}

/// A configuration file that was found and read.
pub(super) struct Found {
    /// As it is shown.
    pub(super) shown: PathBuf,
    /// What relative paths in it start from.
    pub(super) folder: PathBuf,
    pub(super) text: String,
    /// Whether nobody named it: it lay in the working directory, where a repository may have put it.
    pub(super) by_chance: bool,
}

/// A file that is there, or must be, and can't be used.
pub(super) struct Unreadable {
    pub(super) source: Option<Source>,
    pub(super) text: String,
}

impl Places {
    /// The folders of the process that runs. Everything else here is a function of its arguments.
    ///
    /// # Errors
    /// Where the working directory is gone or may not be seen.
    pub fn of_this_process() -> io::Result<Self> {
        let strategy = etcetera::choose_base_strategy().ok();
        Ok(Self {
            working_directory: std::env::current_dir()?,
            platform_folder: strategy.as_ref().map(BaseStrategy::config_dir),
            data_folder: strategy.as_ref().map(BaseStrategy::data_dir),
            home: strategy.as_ref().map(|strategy| strategy.home_dir().to_path_buf()),
            salesforce_cli: std::env::var_os("PATH").and_then(|path| salesforce_cli(&path)),
        })
    }

    /// Finds the file: the one named, else the one in the working directory, else the platform's.
    ///
    /// One that is there and can't be read is never passed over: it may hold a guard.
    pub(super) fn find(&self, asked: &Asked, environment: &Environment) -> Result<Option<Found>, Unreadable> {
        if let Some(Sourced { value: shown, source }) = named(asked, environment) {
            let path = self.working_directory.join(&shown);
            let failed = |error| Unreadable {
                source: Some(source),
                text: format!("{} {}", secret_file::shown(&shown), read_failure(&error)),
            };
            let text = read(&path).map_err(failed)?;
            // What is typed in a pipeline may come from elsewhere, and a line break in it could begin a command to its runner.
            let shown = printable(&shown.display().to_string()).into();
            return Ok(Some(Found { folder: folder_of(&path), shown, text, by_chance: false }));
        }
        for (path, shown, by_chance) in self.candidates() {
            match read(&path) {
                Ok(text) => return Ok(Some(Found { folder: folder_of(&path), shown, text, by_chance })),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(Unreadable {
                        source: None,
                        text: format!("{} {}", shown.display(), read_failure(&error)),
                    });
                }
            }
        }
        Ok(None)
    }

    /// Where a file that nobody named is looked for, as words.
    pub(super) fn searched(&self) -> String {
        super::nearest::and_list(self.candidates().map(|(_, shown, by_chance)| {
            let where_it_is = if by_chance { " in the working directory" } else { "" };
            format!("{}{where_it_is}", shown.display())
        }))
    }

    fn candidates(&self) -> impl Iterator<Item = (PathBuf, PathBuf, bool)> {
        let here = (self.working_directory.join(NAME), PathBuf::from(NAME), true);
        let platform = self.platform_folder.as_ref().map(|folder| {
            let path = folder.join(FOLDER).join(NAME);
            (path.clone(), path, false)
        });
        std::iter::once(here).chain(platform)
    }
}

/// The file that was named, and where.
pub(super) fn named(asked: &Asked, environment: &Environment) -> Option<Sourced<PathBuf>> {
    let flag = asked.config.clone().map(|path| Sourced::new(path, Source::Flag("--config")));
    flag.or_else(|| {
        let variable = "RELAY_SCRUB_CONFIG";
        Some(Sourced::new(environment.get(variable)?.into(), Source::Environment(variable.into())))
    })
}

/// The first `sf` of a search path. Folders that are relative are passed over: they are whatever the working directory
/// has. On Windows it is a script or a program, and which is told by the name's ending.
fn salesforce_cli(path: &OsStr) -> Option<PathBuf> {
    let names: &[&str] = if cfg!(windows) { &["sf.exe", "sf.cmd"] } else { &["sf"] };
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.flat_map(|folder| names.iter().map(move |name| folder.join(name))).find(|file| file.is_file())
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_path_buf()
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(LIMIT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LIMIT { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

/// Why a file could not be read, as what is said of it.
pub(super) fn read_failure(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "does not exist".into(),
        io::ErrorKind::PermissionDenied => "may not be read by this user".into(),
        io::ErrorKind::IsADirectory => "is a directory, not a file".into(),
        io::ErrorKind::InvalidData => "is not UTF-8 text".into(),
        io::ErrorKind::FileTooLarge => "is too large".into(),
        _ => format!("could not be read: {error}"),
    }
}
