//! Where the queue of the service lives.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use url::Url;

use super::environment::Environment;
use super::error::ConfigErrors;
use super::places::Places;
use super::secret_file::SecretFiles;
use super::source::{Source, Sourced};
use crate::domain::printable::printable;
use crate::secrets::Secret;

/// How the connection to the server is kept safe, as PostgreSQL names it.
const MODES: [&str; 6] = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];
/// What else an address may ask for after its `?`: what the library that connects understands. Of what it doesn't, it
/// would tell the log.
const PARAMETERS: [&str; 15] = [
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "sslmode",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "options",
];
/// The name of this program among the server's connections, where the address gives no other.
const APPLICATION: &str = "relay-scrub";

/// The database of the service's queue. Its Display has no password in it.
#[derive(Clone, Debug)]
pub enum Database {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// A database of PostgreSQL.
    Postgres(PostgresUrl),
}

/// The address of a PostgreSQL database, which may hold a password.
///
/// Where it doesn't say by `sslmode` how the connection is kept safe, that is `verify-full`, unless the server is on
/// this machine.
#[derive(Clone, Debug)]
pub struct PostgresUrl {
    url: Secret,
    shown: String,
    has_password: bool,
}

impl PostgresUrl {
    /// The address, password and all.
    pub fn expose(&self) -> &str {
        self.url.expose()
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(url) => f.write_str(&url.shown),
        }
    }
}

impl Database {
    /// `sqlite:PATH` or `postgres://USER@HOST/NAME`; else what is wrong, without repeating it. A relative path starts
    /// from `folder`.
    pub(super) fn parse(text: &str, folder: &Path) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite(path, folder);
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return postgres(text).map(Self::Postgres);
        }
        Err("must be sqlite:PATH or postgres://USER@HOST/NAME".into())
    }

    /// The database that is used where none is named.
    pub(super) fn file_in(folder: &Path) -> Self {
        Self::Sqlite(folder.join("relay-scrub").join("queue.sqlite"))
    }
}

fn sqlite(path: &str, folder: &Path) -> Result<Database, String> {
    let path = path.strip_prefix("//").unwrap_or(path);
    if path.is_empty() || path.starts_with(':') {
        return Err("must name a file after sqlite:, for a job must outlive the program".into());
    }
    if path.contains('?') {
        return Err("has a ? in the name of its file, which no option can follow here: leave it out".into());
    }
    Ok(Database::Sqlite(folder.join(path)))
}

fn postgres(text: &str) -> Result<PostgresUrl, String> {
    // The parser's own message repeats nothing of the text.
    let mut url = Url::parse(text).map_err(|error| format!("is not a URL: {error}"))?;
    let mut host = url.host_str().map(str::to_owned);
    let (mut has_password, mut has_mode, mut has_name) = (url.password().is_some(), false, false);
    for (key, value) in url.query_pairs() {
        match key.as_ref() {
            "sslmode" | "ssl-mode" if MODES.contains(&value.as_ref()) => has_mode = true,
            "sslmode" | "ssl-mode" => return Err(format!("has an sslmode that is none of {}", MODES.join(", "))),
            "host" | "hostaddr" => host = Some(value.into_owned()),
            "password" => has_password = true,
            "application_name" => has_name = true,
            other if PARAMETERS.contains(&other) || other.starts_with("options[") => {}
            _ => return Err(format!("has something after its ? that is none of {}", PARAMETERS.join(", "))),
        }
    }
    let host = host.ok_or("names no host; a socket's folder is given by ?host=/run/postgresql")?;
    let shown = shown(&url, &host);
    if !has_mode && !is_near(&host) {
        url.query_pairs_mut().append_pair("sslmode", "verify-full");
    }
    if !has_name {
        url.query_pairs_mut().append_pair("application_name", APPLICATION);
    }
    Ok(PostgresUrl { url: Secret::new(url.into()), shown, has_password })
}

/// The address without what may be secret in it.
fn shown(url: &Url, host: &str) -> String {
    let user = if url.username().is_empty() { String::new() } else { format!("{}@", url.username()) };
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    printable(&format!("postgres://{user}{host}{port}{}", url.path()))
}

/// Whether nobody can listen or answer in between: this machine itself.
fn is_near(host: &str) -> bool {
    let socket = host.starts_with('/') || host.to_ascii_lowercase().starts_with("%2f");
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    socket || host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Where a database may be named, in the order in which it counts.
#[derive(Clone, Debug, Default)]
pub struct DatabaseAsked {
    /// `--database`, which everybody on the machine can read.
    pub flag: Option<String>,
    /// `--database-file`: a file that holds it, and may hold a password.
    pub file: Option<PathBuf>,
    /// The setting `database` of `[service]`.
    pub setting: Option<Sourced<String>>,
}

/// The variable that names the database, and may hold a password.
const VARIABLE: &str = "RELAY_SCRUB_DATABASE";

/// The database that is meant: `--database` or `--database-file`, else `RELAY_SCRUB_DATABASE`, else the configuration
/// file's, else a file of SQLite in the platform's folder for data. With it come warnings.
///
/// # Errors
/// What is wrong with it, and where it was set. A password on the command line or in the configuration file is wrong.
pub fn resolve_database(
    asked: &DatabaseAsked,
    environment: &Environment,
    places: &Places,
) -> Result<(Database, Vec<String>), ConfigErrors> {
    let mut errors = ConfigErrors::default();
    let mut files = SecretFiles::default();
    let here = &places.working_directory;
    let found = match (&asked.flag, &asked.file, environment.get(VARIABLE), &asked.setting) {
        (Some(_), Some(_), ..) => {
            Err((Some(Source::Flag("--database-file")), "can't be given beside --database".into()))
        }
        (Some(text), ..) => public(text, Source::Flag("--database"), here),
        (None, Some(path), ..) => {
            let file = Sourced::new(here.join(path), Source::Flag("--database-file"));
            let text = files.read(&file);
            text.and_then(|text| Database::parse(text.expose(), here)).map_err(|text| (Some(file.source), text))
        }
        (None, None, Some(text), _) => {
            Database::parse(text, here).map_err(|text| (Some(Source::Environment(VARIABLE.into())), text))
        }
        (None, None, None, Some(setting)) => public(&setting.value, setting.source.clone(), here),
        (None, None, None, None) => default(places).map_err(|text| (None, text)),
    };
    match found {
        Ok(database) => Ok((database, files.into_warnings())),
        Err((source, text)) => {
            errors.add(source, text);
            Err(errors)
        }
    }
}

/// A database that is named where others can read it.
fn public(text: &str, source: Source, folder: &Path) -> Result<Database, (Option<Source>, String)> {
    match Database::parse(text, folder) {
        Ok(Database::Postgres(url)) if url.has_password => Err((
            Some(source),
            format!(
                "has a password in it, which others can read there: give it by {VARIABLE}, --database-file or ~/.pgpass"
            ),
        )),
        parsed => parsed.map_err(|text| (Some(source), text)),
    }
}

fn default(places: &Places) -> Result<Database, String> {
    let folder = places.data_folder.as_deref();
    folder.map(Database::file_in).ok_or_else(|| "--database is missing, and this user has no folder for data".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<String, String> {
        match Database::parse(text, Path::new("/here"))? {
            Database::Sqlite(path) => Ok(path.display().to_string()),
            Database::Postgres(url) => Ok(url.expose().to_owned()),
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_of_sqlite_is_named_by_its_path() {
        assert_eq!(parsed("sqlite:queue.sqlite"), Ok("/here/queue.sqlite".into()));
        assert_eq!(parsed("sqlite:///var/lib/q.sqlite"), Ok("/var/lib/q.sqlite".into()));
        assert_eq!(parsed("sqlite:/var/lib/q #1.sqlite"), Ok("/var/lib/q #1.sqlite".into()));
        for text in ["sqlite:", "sqlite::memory:", "sqlite://", "sqlite:q.sqlite?mode=memory"] {
            assert!(parsed(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_server_elsewhere_must_prove_who_it_is_unless_the_address_says_otherwise() {
        let name = "application_name=relay-scrub";
        let full = |text| parsed(text).expect("an address");
        assert_eq!(full("postgres://u@db/q"), format!("postgres://u@db/q?sslmode=verify-full&{name}"));
        assert_eq!(full("postgresql://db/q"), format!("postgresql://db/q?sslmode=verify-full&{name}"));
        assert_eq!(full("postgres://db/q?sslmode=disable"), format!("postgres://db/q?sslmode=disable&{name}"));
        assert_eq!(
            full("postgres://db/q?hostaddr=10.0.0.1"),
            format!("postgres://db/q?hostaddr=10.0.0.1&sslmode=verify-full&{name}")
        );
        for near in
            ["postgres://localhost/q", "postgres://127.0.0.1/q", "postgres://[::1]/q", "postgres://%2Frun%2Fpg/q"]
        {
            assert_eq!(full(near), format!("{near}?{name}"));
        }
        assert_eq!(full("postgres:///q?host=/run/pg"), format!("postgres:///q?host=/run/pg&{name}"));
        assert_eq!(
            full("postgres://localhost/q?host=db"),
            format!("postgres://localhost/q?host=db&sslmode=verify-full&{name}")
        );
        assert_eq!(full("postgres://localhost/q?application_name=a"), "postgres://localhost/q?application_name=a");
    }

    #[test]
    fn an_address_that_cannot_be_meant_is_told_without_repeating_it() {
        for text in [
            "planted",
            "mysql://planted@db/q",
            "postgres:///q?planted=planted",
            "postgres://u:planted@",
            "postgres://u:planted@db:planted/q",
            "postgres:///q?user=planted",
            "postgres://db/q?sslmode=planted",
        ] {
            let error = parsed(text).expect_err(text);
            assert!(!error.contains("planted"), "{error}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        for text in ["postgres://u:planted@db/q", "postgres://u@db/q?password=planted"] {
            let database = Database::parse(text, Path::new("/here")).expect("an address");
            assert_eq!(database.to_string(), "postgres://u@db/q");
            assert!(!format!("{database:?}").contains("planted"), "{database:?}");
        }
    }
}
