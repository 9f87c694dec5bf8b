//! What the units, the image and the compose file start is what the program understands, and does what they want of it.

use std::collections::BTreeSet;

use relay_scrub::simulator::{App, OrgSetup, SimulatedOrg, Simulator};
use serde_json::Value;

use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, Program, USER, exposed, is_cleared, sandbox};
use crate::support::service::{Call, Setup, WEBHOOK_SECRET};

const SERVICE: &str = include_str!("../packaging/systemd/relay-scrub.service");
const NIGHTLY: &str = include_str!("../packaging/systemd/relay-scrub-scrub.service");
const TIMER: &str = include_str!("../packaging/systemd/relay-scrub-scrub.timer");
const EXAMPLE: &str = include_str!("../packaging/relay-scrub.toml");
const IMAGE: &str = include_str!("../Dockerfile");
const COMPOSE: &str = include_str!("../compose.yml");

/// The values of a key of a unit, continued lines put together.
fn values(unit: &str, key: &str) -> Vec<String> {
    let unit = unit.replace("\\\n", " ");
    let start = format!("{key}=");
    unit.lines().filter_map(|line| line.strip_prefix(&start)).map(str::to_string).collect()
}

/// What a unit starts, its folders being the working directory.
fn started_by(unit: &str) -> Vec<String> {
    let [line] = &values(unit, "ExecStart")[..] else { panic!("one command: {unit}") };
    let mut words = line.split_whitespace().map(in_one_folder);
    assert_eq!(words.next().as_deref(), Some("/usr/bin/relay-scrub"));
    words.collect()
}

fn in_one_folder(word: &str) -> String {
    let folders = [
        "${CREDENTIALS_DIRECTORY}/",
        "/run/secrets/",
        "/etc/relay-scrub/",
        "/var/lib/relay-scrub-scrub/",
        "/var/lib/relay-scrub/",
    ];
    let word = folders.iter().fold(word.to_string(), |word, folder| word.replace(folder, ""));
    // The tests run side by side.
    word.replace("0.0.0.0:8080", "127.0.0.1:0")
}

/// The words that an instruction of the Dockerfile has as a JSON array.
fn instruction(name: &str) -> Vec<String> {
    let image = IMAGE.replace("\\\n", " ");
    let line = image.lines().find(|line| line.starts_with(name)).expect("the instruction");
    serde_json::from_str(&line[line.find('[').expect("an array")..]).expect("words")
}

fn compose() -> Value {
    serde_saphyr::from_str(COMPOSE).expect("YAML")
}

fn words(value: &Value) -> Vec<String> {
    value.as_array().expect("words").iter().map(|word| word.as_str().expect("a word").to_string()).collect()
}

/// The service answers to a call, and does the job.
pub(crate) async fn serves(setup: Setup, org: &SimulatedOrg) {
    let service = setup.start().await;
    let id = service.deliver(&Call::of("uat", &org.id())).await;
    service.comes_to(&id, "done").await;
    assert!(org.relays().iter().all(is_cleared));
    let health = instruction("HEALTHCHECK").join(" ").replace("127.0.0.1:9090", &service.private.to_string());
    let health: Vec<&str> = health.split(' ').collect();
    assert_eq!((health[0], health[1]), ("/usr/bin/relay-scrub", "jobs"));
    let healthy = Program::new(health[1..].iter().copied()).run().await;
    assert_eq!((healthy.code, healthy.stderr.as_str()), (0, ""), "{healthy:?}");
    assert_eq!(service.stop().await.0, 0);
    let gone = Program::new(health[1..].iter().copied()).run().await;
    assert_eq!(gone.code, 1, "a service that is not there is not healthy: {gone:?}");
}

/// A sandbox with something to clear, whose app knows the key that is returned.
pub(crate) async fn sandbox_with_key() -> (Simulator, SimulatedOrg, RsaKey) {
    let (simulator, key) = (Simulator::start().await.expect("a simulator"), RsaKey::generate());
    let app = App::connected(CONSUMER_KEY).public_key(&key.certificate);
    let setup = OrgSetup { apps: vec![app], ..sandbox("uat").relay(exposed()) };
    let org = simulator.add_org(setup).await.expect("an org");
    (simulator, org, key)
}

fn section(org: &SimulatedOrg) -> String {
    format!(
        "[orgs.uat]\ninstance_url = \"{}\"\nauth = \"jwt\"\nusername = \"{USER}\"\njwt_key_file = \"jwt-key\"\n",
        org.url()
    )
}

/// A service with the secrets that systemd or the container hands to it, and none in its environment.
fn service(org: &SimulatedOrg, key: &RsaKey, command: &[String]) -> Setup {
    let setup = Setup::with_sections(&section(org)).command(command);
    let setup = setup.env("RELAY_SCRUB_WEBHOOK_SECRET", "").env("RELAY_SCRUB_CLIENT_SECRET", "");
    setup.file("jwt-key", &key.private);
    setup.file("webhook-secret", WEBHOOK_SECRET);
    setup
}

/// With what the image sets.
fn in_image(setup: Setup) -> Setup {
    let variables = IMAGE.lines().map(|line| line.trim_start().trim_start_matches("ENV ").trim_end_matches(" \\"));
    let variables = variables.filter(|line| line.starts_with("RELAY_SCRUB_")).filter_map(|line| line.split_once('='));
    let variables: Vec<_> = variables.collect();
    assert_eq!(variables.len(), 2, "{variables:?}");
    variables.into_iter().fold(setup, |setup, (name, value)| setup.env(name, &in_one_folder(value)))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unit_of_the_service_starts_one_that_clears_what_calls() {
    let (_simulator, org, key) = sandbox_with_key().await;
    serves(service(&org, &key, &started_by(SERVICE)), &org).await;
    let secrets = values(SERVICE, "LoadCredential");
    assert_eq!(
        secrets,
        ["webhook-secret", "jwt-key"].map(|name| format!("{name}:/etc/relay-scrub/credentials/{name}"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_unit_of_the_night_clears_all_orgs_of_the_file_and_leaves_a_report() {
    let (_simulator, org, key) = sandbox_with_key().await;
    let file = format!("[defaults]\nclient_id = \"{CONSUMER_KEY}\"\n{}", section(&org));
    // It names its own copy of the key, which wins over the file's.
    let file = file.replace("\"jwt-key\"", "\"/run/credentials/relay-scrub.service/jwt-key\"");
    let command = started_by(NIGHTLY);
    let program = Program::new(command.iter().map(String::as_str)).file("relay-scrub.toml", &file);
    let (ran, folder) = program.file("jwt-key", &key.private).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(org.relays().iter().all(is_cleared));
    let report = std::fs::read_to_string(folder.path().join("report.json")).expect("the report");
    let report: Value = serde_json::from_str(&report).expect("JSON");
    assert_eq!(report["orgs"][0]["outcome"], "cleared");
    assert_eq!(values(NIGHTLY, "LoadCredential"), ["jwt-key:/etc/relay-scrub/credentials/jwt-key"]);
    assert_eq!(values(TIMER, "OnCalendar"), ["*-*-* 03:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_image_starts_a_service_that_clears_what_calls_and_is_healthy_as_long_as_it_runs() {
    let (_simulator, org, key) = sandbox_with_key().await;
    assert_eq!(instruction("ENTRYPOINT"), ["/usr/bin/relay-scrub"]);
    let command: Vec<String> = instruction("CMD").iter().map(|word| in_one_folder(word)).collect();
    let setup = in_image(service(&org, &key, &command)).env("RELAY_SCRUB_WEBHOOK_SECRET", WEBHOOK_SECRET);
    serves(setup, &org).await;
}

/// The service of the compose file, at the database of this address.
pub(crate) fn composed(org: &SimulatedOrg, key: &RsaKey, database: &str) -> Setup {
    let command: Vec<String> =
        words(&compose()["services"]["relay-scrub"]["command"]).iter().map(|word| in_one_folder(word)).collect();
    let setup = in_image(service(org, key, &command));
    setup.file("database", database);
    setup
}

/// The database's address as the compose file wants it, with this password and host.
pub(crate) fn composed_database(password: &str, host: &str) -> String {
    let address = COMPOSE.lines().find_map(|line| line.strip_prefix("#   secrets/database ")).expect("the address");
    let address = address.trim().replace("THAT-PASSWORD", password);
    let (before, after) = address.split_once("@database/").expect("the name of the database's service");
    format!("{before}@{host}/{after}")
}

#[test]
fn the_compose_file_mounts_what_is_read_and_nothing_else() {
    let compose = compose();
    let ours = &compose["services"]["relay-scrub"];
    let read = words(&ours["command"]);
    let named = |section: &Value| section.as_object().expect("names").keys().cloned().collect::<BTreeSet<_>>();
    let mut mounted: BTreeSet<String> = words(&ours["secrets"]).into_iter().collect();
    for secret in &mounted {
        let is_used = read.contains(&format!("/run/secrets/{secret}")) || secret == "jwt-key";
        assert!(is_used, "{secret} is mounted, and nothing reads it");
    }
    mounted.extend(words(&compose["services"]["database"]["secrets"]));
    assert_eq!(mounted, named(&compose["secrets"]));
    assert_eq!(ours["volumes"][0], "./relay-scrub.toml:/etc/relay-scrub/relay-scrub.toml:ro");
    assert!(IMAGE.contains("RELAY_SCRUB_CONFIG=/etc/relay-scrub/relay-scrub.toml"));
    // The address that the service gets is that of the database beside it.
    let database = &compose["services"]["database"]["environment"];
    assert_eq!((&database["POSTGRES_USER"], &database["POSTGRES_DB"]), (&"relay-scrub".into(), &"relay-scrub".into()));
    assert!(composed_database("x", "database").starts_with("postgres://relay-scrub:x@database/relay-scrub?"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_example_for_servers_lacks_nothing_but_the_key() {
    let key = RsaKey::generate().private;
    let path = "/run/credentials/relay-scrub.service/jwt-key";
    assert!(EXAMPLE.contains(path));
    let program = Program::new(["orgs"]).file("relay-scrub.toml", &EXAMPLE.replace(path, "jwt-key"));
    let ran = program.file("jwt-key", &key).run().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.starts_with("uat ") && !ran.stdout.contains("No login"), "{}", ran.stdout);
}
