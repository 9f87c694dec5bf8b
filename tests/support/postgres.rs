//! A real PostgreSQL server from Debian's programs, with a folder, a socket and settings of its own.
//!
//! `scripts/install-test-programs` installs it. It doesn't run as root: as root we start it as the user `postgres`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// The user of the databases, who may do everything there.
const USER: &str = "relay";
const START: Duration = Duration::from_secs(60);

/// A server, until it is dropped.
pub(crate) struct Postgres {
    folder: TempDir,
    settings: Vec<String>,
    server: Option<Child>,
}

impl Postgres {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// With settings of the server as `name=value`.
    pub(crate) async fn start_with(settings: &[&str]) -> Self {
        let mut postgres = Self::made(settings);
        postgres.start_again().await;
        postgres
    }

    /// Its folder, and no server yet.
    pub(crate) fn made(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        if is_root() {
            let [user, group] = ["-u", "-g"].map(|of| id(&[of, "postgres"]).parse().expect("the user postgres"));
            std::os::unix::fs::chown(folder.path(), Some(user), Some(group)).expect("a folder of the server's user");
        }
        let made = program("initdb")
            .args(["--username", USER, "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C", "--wal-segsize=1"])
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .output()
            .expect("initdb");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        Self { folder, settings: settings.iter().map(ToString::to_string).collect(), server: None }
    }

    /// Starts the server, and waits until it answers.
    pub(crate) async fn start_again(&mut self) {
        let log = fs::File::create(self.folder.path().join("log")).expect("a log");
        let mut server = program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path());
        for setting in ["listen_addresses=", "port=5432", "dynamic_shared_memory_type=mmap", "max_connections=200"] {
            server.args(["-c", setting]);
        }
        for setting in &self.settings {
            server.args(["-c", setting]);
        }
        let log_too = log.try_clone().expect("a log");
        self.server = Some(server.stdin(Stdio::null()).stdout(log).stderr(log_too).spawn().expect("postgres"));
        let begun = Instant::now();
        while !self.answers() {
            let ended = self.server.as_mut().expect("a server").try_wait().expect("its state");
            assert!(ended.is_none() && begun.elapsed() < START, "PostgreSQL doesn't start: {ended:?} {}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Ends the server at once. What was committed is on disk.
    pub(crate) fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            Command::new("kill").args(["-CONT", &server.id().to_string()]).status().expect("kill");
            Command::new("kill").args(["-QUIT", &server.id().to_string()]).status().expect("kill");
            server.wait().expect("its end");
        }
    }

    /// The address of its database, through its socket.
    pub(crate) fn address(&self) -> String {
        format!("postgres://{USER}@localhost:{}/postgres?host={}", self.port(), self.folder.path().display())
    }

    fn port(&self) -> u16 {
        let given = self.settings.iter().find_map(|setting| setting.strip_prefix("port="));
        given.map_or(5432, |port| port.parse().expect("a port"))
    }

    /// The address of a new schema in its database, with nothing in it.
    pub(crate) async fn schema(&self, name: &str) -> String {
        self.say(&format!("CREATE SCHEMA \"{name}\"")).await;
        format!("{}&options=-csearch_path%3D{name}", self.address())
    }

    /// Executes a statement.
    pub(crate) async fn say(&self, statement: &str) {
        sqlx::any::install_default_drivers();
        let mut connection =
            <sqlx::AnyConnection as sqlx::Connection>::connect(&self.address()).await.expect("postgres");
        let statement = sqlx::AssertSqlSafe(statement.to_owned());
        sqlx::query(statement).execute(&mut connection).await.expect("done");
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Writes a file into the server's folder, for the server alone.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let path = self.data().join(name);
        fs::write(&path, text).expect("a file");
        let owner = fs::metadata(self.data()).expect("the folder");
        let (user, group) = (std::os::unix::fs::MetadataExt::uid(&owner), std::os::unix::fs::MetadataExt::gid(&owner));
        std::os::unix::fs::chown(&path, Some(user), Some(group)).expect("the server's file");
        fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
    }

    /// Stops the server's processes where they stand, or lets them go on: connections stay, and nothing is answered.
    pub(crate) fn freeze(&self, frozen: bool) {
        let server = self.server.as_ref().expect("a server").id();
        let children = fs::read_to_string(format!("/proc/{server}/task/{server}/children")).expect("its processes");
        let processes = children.split_whitespace().map(str::to_owned).chain([server.to_string()]);
        let signal = if frozen { "-STOP" } else { "-CONT" };
        assert!(Command::new("kill").arg(signal).args(processes).status().expect("kill").success());
    }

    fn answers(&self) -> bool {
        let mut ask = Command::new(programs().join("pg_isready"));
        ask.args(["--quiet", "--port", &self.port().to_string(), "--host"])
            .arg(self.folder.path())
            .status()
            .is_ok_and(|status| status.success())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

/// One of the server's programs, run as a user who may run it, and ended with this process.
fn program(name: &str) -> Command {
    let mut command = Command::new("setpriv");
    if is_root() {
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]);
    }
    command.args(["--pdeathsig=QUIT", "--"]).arg(programs().join(name)).current_dir("/");
    command
}

/// The folder of the newest version's programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path());
    let programs = versions.map(|version| version.join("bin")).filter(|folder| folder.join("postgres").exists());
    let number = |folder: &PathBuf| folder.parent().and_then(Path::file_name).map(|name| name.to_owned());
    programs.max_by_key(number).expect("PostgreSQL: scripts/install-test-programs installs it")
}

fn is_root() -> bool {
    id(&["-u"]) == "0"
}

fn id(arguments: &[&str]) -> String {
    let said = Command::new("id").args(arguments).output().expect("id");
    String::from_utf8(said.stdout).expect("a number").trim().to_owned()
}
