//! `relay-scrub demo`: a small company of simulated orgs on this machine, and the real scrub against it over HTTP.

use std::io;
use std::path::PathBuf;

use anstyle::Style;
use clap::Parser;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use super::arguments::{Arguments, Command, DemoArguments, GlobalArguments};
use super::console::Console;
use super::error::CliError;
use super::report_file::ReportFiles;
use super::scrub;
use super::signals::Signals;
use crate::config::Environment;
use crate::simulator::{App, DomainFilter, DomainKey, OrgKind, OrgSetup, Relay, SimulatedOrg, Simulator, User};

/// The id that a simulated org gives to its first relay.
const RELAY: &str = "0Xe5e00002BLnMXCA1";
const CONSUMER_KEY: &str = "3MVG9demoConsumerKey";
const CONSUMER_SECRET: &str = "demo-secret-of-no-worth";

/// What a person reads, and what is typed below it.
struct Scene {
    story: &'static str,
    typed: &'static str,
    expected: u8,
}

const SCENES: [Scene; 4] = [
    Scene {
        story: "Acme has just refreshed four sandboxes. Each is a copy of production,\n\
                SMTP credentials included. First a look: a dry run does all but the write.",
        typed: "scrub dev uat full qa --dry-run",
        expected: 0,
    },
    Scene { story: "Now for real.", typed: "scrub dev uat full qa", expected: 0 },
    Scene { story: "Again: there is nothing left to do.", typed: "scrub dev uat full qa", expected: 0 },
    Scene { story: "And production? It is refused, by its own word.", typed: "scrub production", expected: 3 },
];

/// Acme's orgs, and the folder with the configuration that names them.
struct Company {
    _simulator: Simulator,
    sandboxes: Vec<SimulatedOrg>,
    production: SimulatedOrg,
    folder: TempDir,
}

pub(super) fn run(global: &GlobalArguments, arguments: &DemoArguments, console: &Console) -> Result<u8, CliError> {
    if global.config.is_some() {
        return Err(CliError::Usage("the demo brings a configuration of its own: leave --config out".into()));
    }
    let runtime = Runtime::new().map_err(CliError::System)?;
    let company = runtime.block_on(Company::found()).map_err(CliError::System)?;
    let environment = Environment::new([("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)]);
    print(console, "The orgs are simulated, on 127.0.0.1. The rest is real: program, HTTP, checks.\n")?;
    for scene in &SCENES {
        let (story, bold) = (scene.story.replace('\n', "\n# "), Style::new().bold());
        print(console, &format!("\n# {story}\n{bold}$ relay-scrub {}{bold:#}\n\n", scene.typed))?;
        let code = play(scene, &company, global, &environment, console)?;
        if matches!(code, 130 | 143) {
            return Ok(code);
        }
        if code != scene.expected {
            console.say(&format!("The demo went wrong: exit code {code} instead of {}.", scene.expected));
            return Ok(1);
        }
    }
    if !company.is_as_it_should_be() {
        console.say("The demo went wrong: an org does not hold what it should.");
        return Ok(1);
    }
    print(console, "\n# The sandboxes hold no credential any more; production was not touched.\n")?;
    if arguments.keep { keep(&runtime, company, console) } else { Ok(0) }
}

/// Runs one command line as if it had been typed, with the company's configuration.
fn play(
    scene: &Scene,
    company: &Company,
    global: &GlobalArguments,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let line = format!("relay-scrub {} --yes", scene.typed);
    let unplayable = || CliError::Usage(format!("the demo can't play: {line}"));
    let command = Arguments::try_parse_from(line.split(' ')).map_err(|_| unplayable())?.command;
    let files = ReportFiles::open(&command)?;
    let Command::Scrub(arguments) = command else { return Err(unplayable()) };
    let global = GlobalArguments { config: Some(company.configuration()), quiet: true, ..global.clone() };
    scrub::run(&global, &arguments, environment, files, console)
}

/// Leaves the orgs up, refreshed once more so that there is something to clear, until Ctrl-C.
fn keep(runtime: &Runtime, company: Company, console: &Console) -> Result<u8, CliError> {
    company.refresh();
    let guide = format!(
        "\nThe sandboxes were refreshed again, and stay up until Ctrl-C.\nIn another terminal:\n\n  \
         export RELAY_SCRUB_CONFIG={}\n  export RELAY_SCRUB_CLIENT_SECRET={CONSUMER_SECRET}\n  \
         {program} scrub uat --dry-run\n  {program} audit uat --no-dns\n",
        company.configuration().display(),
        program = program()
    );
    runtime.block_on(async {
        // Before the guide, so that no signal after it is lost.
        let mut signals = Signals::listen().map_err(CliError::System)?;
        print(console, &guide)?;
        signals.next().await;
        Ok(0)
    })
}

/// The program that runs, by a name that works in another terminal: it may be in no folder where programs are looked for.
fn program() -> String {
    std::env::current_exe().map_or_else(|_| "relay-scrub".into(), |path| path.display().to_string())
}

fn print(console: &Console, text: &str) -> Result<(), CliError> {
    console.product(text.as_bytes()).map_err(|error| CliError::Result { to: "stdout".into(), error })
}

impl Company {
    async fn found() -> io::Result<Self> {
        let simulator = Simulator::start().await?;
        let mut sandboxes = Vec::new();
        for (name, relays) in exposures() {
            sandboxes.push(simulator.add_org(org(OrgKind::Sandbox, name, relays)).await?);
        }
        let production = simulator.add_org(org(OrgKind::Production, "production", vec![production_relay()])).await?;
        let folder = tempfile::Builder::new().prefix("relay-scrub-demo-").tempdir()?;
        let company = Self { _simulator: simulator, sandboxes, production, folder };
        std::fs::write(company.configuration(), company.toml())?;
        Ok(company)
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("relay-scrub.toml")
    }

    fn toml(&self) -> String {
        let names = exposures().map(|(name, _)| name);
        let sections = names.into_iter().zip(&self.sandboxes).chain([("production", &self.production)]);
        let sections: String =
            sections.map(|(name, org)| format!("\n[orgs.{name}]\ninstance_url = \"{}\"\n", org.url())).collect();
        format!("[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n{sections}")
    }

    /// True if the sandboxes hold no credential, and production all of its own.
    fn is_as_it_should_be(&self) -> bool {
        let bare = |relay: &Relay| !relay.is_require_auth && relay.username.is_none();
        let whole = |relay: &Relay| relay.password == production_relay().password && relay.is_require_auth;
        self.sandboxes.iter().all(|org| org.relays().iter().all(bare)) && self.production.relays().iter().all(whole)
    }

    /// Copies production's credentials into the sandboxes once more.
    fn refresh(&self) {
        for ((_, relays), org) in exposures().into_iter().zip(&self.sandboxes) {
            let ids: Vec<String> = org.relays().into_iter().map(|relay| relay.id).collect();
            for (id, relay) in ids.into_iter().zip(relays) {
                org.put_relay(Relay { id, ..relay });
            }
        }
    }
}

/// Acme's sandboxes and what a refresh brought into each, exposed in different ways; the last has no credential.
fn exposures() -> [(&'static str, Vec<Relay>); 4] {
    let leftover = Relay { is_require_auth: false, ..Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "s3cret") };
    let key =
        Relay { port: "25".into(), ..Relay::exposed("email-smtp.us-east-1.example.com", "AKIAEXAMPLE3Q7", "s3cret") };
    [
        ("dev", vec![leftover]),
        ("uat", vec![production_relay(), Relay::clean("mailhog.acme.internal"), Relay::clean("mx.acme.internal")]),
        ("full", vec![production_relay(), key]),
        ("qa", vec![Relay::clean("mailhog.acme.internal")]),
    ]
}

fn production_relay() -> Relay {
    Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "s3cret")
}

/// An org whose first relay has the company's mail, with a DKIM key for it: there is something to audit.
fn org(kind: OrgKind, sandbox: &str, relays: Vec<Relay>) -> OrgSetup {
    let user = format!("scrubber@acme.com.{sandbox}");
    let filter = DomainFilter { from_domain: "acme.com".into(), ..DomainFilter::everything_to(RELAY, 1) };
    let app = App::connected(CONSUMER_KEY).secret(CONSUMER_SECRET).run_as(&user);
    let setup = OrgSetup::new(kind, "Acme").user(User::new(&user)).app(app);
    OrgSetup { relays, ..setup.filter(filter).domain_key(DomainKey::active("acme.com", "acme1")) }
}
