//! The built program as a service, and the calls that sandboxes make to it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use relay_scrub::secrets::{Secret, WebhookSecret};
use relay_scrub::server::signature::sign;
use relay_scrub::simulator::SimulatedOrg;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use super::program::{CONSUMER_KEY, CONSUMER_SECRET, Ran, signal};

/// What deliveries are signed with, unless a test says otherwise.
pub(crate) const WEBHOOK_SECRET: &str = "whsec_cGxhbnRlZC13ZWJob29rLXNlY3JldC0wMQ==";

/// As long as anything here may take, for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pauses too short to wait for, and rates that no test meets by chance.
const SERVICE: [(&str, &str); 11] = [
    ("listen", "'127.0.0.1:0'"),
    ("admin_listen", "'127.0.0.1:0'"),
    ("retry_first", "'20ms'"),
    ("retry_longest", "'100ms'"),
    ("rest", "'10ms'"),
    ("lease", "'2s'"),
    ("poll", "'10ms'"),
    ("reload", "'10ms'"),
    ("requests_per_address", "1000000"),
    ("requests_per_sandbox", "1000000"),
    ("connections_per_address", "512"),
];

/// A service that is set up, in a folder of its own, to be started as often as a test wants, several times at once where
/// it has PostgreSQL.
pub(crate) struct Setup {
    folder: Arc<TempDir>,
    sections: String,
    settings: Vec<(String, String)>,
    /// Before the arguments.
    command: Vec<String>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
}

/// A service that answers.
pub(crate) struct Service {
    child: Child,
    /// Where the sandboxes call.
    pub(crate) public: SocketAddr,
    /// Where people and monitoring look.
    pub(crate) private: SocketAddr,
    scheme: String,
    /// It lives as long as whatever needs it.
    _folder: Arc<TempDir>,
    log: Arc<Mutex<Vec<String>>>,
    reading: Vec<JoinHandle<()>>,
}

/// The call that the class of a sandbox makes.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// `webhook-id`
    pub(crate) id: String,
    /// What it is signed with.
    pub(crate) secret: String,
    /// When it is signed.
    pub(crate) at: Timestamp,
    /// What is sent.
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// The call of a sandbox that is this org now.
    pub(crate) fn of(sandbox: &str, organization_id: &str) -> Self {
        let body = json!({"organizationId": organization_id, "sandboxId": "07E5e000000wxyz", "sandboxName": sandbox});
        let id = format!("msg_{}", ulid::Ulid::generate());
        Self { id, secret: WEBHOOK_SECRET.into(), at: Timestamp::now(), body: body.to_string().into_bytes() }
    }

    /// The headers that it is sent with.
    pub(crate) fn headers(&self) -> [(&'static str, String); 3] {
        let secrets = WebhookSecret::parse_all(&Secret::new(self.secret.clone())).expect("a secret");
        sign(&secrets[0], &self.id, self.at, &self.body).expect("a signature")
    }
}

impl Setup {
    /// A service for these sandboxes, which are found by the names of their sections.
    pub(crate) fn new(orgs: &[(&str, &SimulatedOrg)]) -> Self {
        let section =
            |(name, org): &(&str, &SimulatedOrg)| format!("[orgs.{name}]\ninstance_url = \"{}\"\n", org.url());
        Self::with_sections(&orgs.iter().map(section).collect::<String>())
    }

    /// A service whose orgs stand in these sections. They log in by client credentials.
    pub(crate) fn with_sections(sections: &str) -> Self {
        let settings = SERVICE.map(|(key, value)| (key.to_string(), value.to_string())).into();
        let environment =
            [("RELAY_SCRUB_WEBHOOK_SECRET", WEBHOOK_SECRET), ("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)];
        let environment = environment.map(|(name, value)| (name.to_string(), value.to_string())).into();
        let folder = Arc::new(tempfile::tempdir().expect("a folder for the service"));
        let command = ["--config", "relay-scrub.toml", "--log-format", "json", "serve"].map(str::to_string).into();
        let sections = sections.into();
        let setup = Self { folder, sections, settings, command, arguments: Vec::new(), environment };
        setup.argument("--database").argument("sqlite:jobs.db")
    }

    /// A line of `[service]`, in place of the one that was there.
    pub(crate) fn setting(mut self, key: &str, value: &str) -> Self {
        self.settings.retain(|(known, _)| known != key);
        self.settings.push((key.into(), value.into()));
        self
    }

    pub(crate) fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// This whole command line, the program's name left out, in place of that of the tests.
    pub(crate) fn command(mut self, words: &[String]) -> Self {
        self.arguments.clear();
        self.command = words.to_vec();
        self
    }

    /// `--database`, in place of the SQLite file in the folder.
    pub(crate) fn database(mut self, database: &str) -> Self {
        self.arguments.drain(..2);
        self.env("RELAY_SCRUB_DATABASE", database)
    }

    /// A variable, in place of the one that was there; an empty one is one that is not set.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Puts a file into the folder, readable by its owner alone. It may be put there anew while the service runs.
    pub(crate) fn file(&self, name: &str, text: &str) {
        let (path, new) = (self.path(name), self.path(&format!("{name}.new")));
        std::fs::write(&new, text).expect("a file for the service");
        #[cfg(unix)]
        std::fs::set_permissions(&new, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("permissions");
        std::fs::rename(new, path).expect("the file in its place");
    }

    /// A path in the folder, which lives as long as the setup.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration anew: for orgs that change while the service runs.
    pub(crate) fn configure(&self, sections: &str) {
        let service: String = self.settings.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let defaults = format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n");
        self.file("relay-scrub.toml", &format!("{defaults}{sections}[service]\n{service}"));
    }

    fn spawn(&self) -> Child {
        self.configure(&self.sections);
        let mut command = Command::new(env!("CARGO_BIN_EXE_relay-scrub"));
        command.args(&self.command).args(&self.arguments);
        command.env_clear().envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.env("HOME", self.folder.path()).current_dir(self.folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().expect("the program starts")
    }

    /// Starts the service, and waits until it is ready.
    pub(crate) async fn start(&self) -> Service {
        let mut child = self.spawn();
        let log = Arc::new(Mutex::new(Vec::new()));
        let reading = vec![
            keep_lines(child.stderr.take().expect("stderr"), &log),
            keep_lines(child.stdout.take().expect("stdout"), &log),
        ];
        let nowhere = SocketAddr::from(([0, 0, 0, 0], 0));
        let (scheme, folder) = (String::new(), Arc::clone(&self.folder));
        let mut service = Service { child, public: nowhere, private: nowhere, scheme, _folder: folder, log, reading };
        service.says("ready").await;
        let address = |line: &Value| line["fields"]["address"].as_str().and_then(|text| text.parse().ok());
        let public = service.line("listening for sandboxes").expect("the public listener");
        service.public = address(&public).expect("an address");
        service.scheme = public["fields"]["scheme"].as_str().expect("a scheme").into();
        let private = service.line("listening for people and monitoring").expect("the private listener");
        service.private = address(&private).expect("an address");
        service
    }

    /// Starts a service that has something to complain of, and waits for its end.
    pub(crate) async fn fail(&self) -> Ran {
        let ended = tokio::time::timeout(PATIENCE, super::program::finish(self.spawn()));
        ended.await.expect("it ends by itself")
    }
}

fn keep_lines(stream: impl AsyncRead + Unpin + Send + 'static, log: &Arc<Mutex<Vec<String>>>) -> JoinHandle<()> {
    let log = Arc::clone(log);
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            log.lock().expect("the log").push(line);
        }
    })
}

impl Service {
    /// The address of the public listener.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}://{}{path}", self.scheme, self.public)
    }

    /// The address of the private listener.
    pub(crate) fn private_url(&self, path: &str) -> String {
        format!("http://{}{path}", self.private)
    }

    /// All that it has logged until now, each line as it is.
    pub(crate) fn log(&self) -> Vec<String> {
        self.log.lock().expect("the log").clone()
    }

    /// The lines with this message.
    pub(crate) fn lines(&self, message: &str) -> Vec<Value> {
        let lines = self.log().into_iter().filter_map(|line| serde_json::from_str::<Value>(&line).ok());
        lines.filter(|line| line["fields"]["message"] == message).collect()
    }

    fn line(&self, message: &str) -> Option<Value> {
        self.lines(message).pop()
    }

    /// Waits until it says this; the line.
    pub(crate) async fn says(&mut self, message: &str) -> Value {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(line) = self.line(message) {
                return line;
            }
            let has_ended = self.child.try_wait().expect("a process").is_some();
            assert!(!has_ended && tokio::time::Instant::now() < end, "not said: {message}\n{:#?}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A request to the hook, signed, to be changed or sent.
    pub(crate) fn request(&self, call: &Call) -> RequestBuilder {
        let request = client().post(self.url("/v1/sandbox-post-copy")).body(call.body.clone());
        call.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value))
    }

    /// Makes the call; what is answered.
    pub(crate) async fn call(&self, call: &Call) -> Response {
        self.request(call).send().await.expect("an answer")
    }

    /// Makes the call, and expects it to be accepted; the job's id.
    pub(crate) async fn deliver(&self, call: &Call) -> String {
        let response = self.call(call).await;
        assert_eq!(response.status(), 202, "{response:?}");
        let answer: Value = response.json().await.expect("JSON");
        answer["job"].as_str().expect("a job").to_string()
    }

    /// The job of this id, as the private listener has it.
    pub(crate) async fn job(&self, id: &str) -> Value {
        let response = client().get(self.private_url(&format!("/v1/jobs/{id}"))).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{response:?}");
        response.json().await.expect("JSON")
    }

    /// The jobs, as the private listener lists them.
    pub(crate) async fn job_list(&self) -> Vec<Value> {
        let response = client().get(self.private_url("/v1/jobs")).send().await.expect("an answer");
        assert_eq!(response.status(), 200, "{response:?}");
        let list: Value = response.json().await.expect("JSON");
        list["jobs"].as_array().expect("jobs").clone()
    }

    /// Waits until the job comes to this state; the job.
    pub(crate) async fn comes_to(&self, id: &str, state: &str) -> Value {
        let end = tokio::time::Instant::now() + PATIENCE;
        loop {
            let job = self.job(id).await;
            if job["state"] == state {
                return job;
            }
            assert!(tokio::time::Instant::now() < end, "not {state}: {job:#}\n{:#?}", self.log());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Sends it a signal, by the name that `kill` has for it.
    pub(crate) fn signal(&self, name: &str) {
        signal(&self.child, name);
    }

    /// Waits for its end: the exit code, and all that it has logged.
    pub(crate) async fn end(mut self) -> (i32, Vec<String>) {
        let status = tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("an end").expect("a process");
        for reading in self.reading.drain(..) {
            reading.await.expect("its output is read");
        }
        (status.code().unwrap_or(-1), self.log())
    }

    /// Asks it to end, and waits for that.
    pub(crate) async fn stop(self) -> (i32, Vec<String>) {
        self.signal("-TERM");
        self.end().await
    }

    /// `kill -9`
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.expect("a process");
    }
}

/// A client that goes straight to this machine, and keeps no connection.
pub(crate) fn client() -> Client {
    Client::builder().no_proxy().pool_max_idle_per_host(0).build().expect("a client")
}
