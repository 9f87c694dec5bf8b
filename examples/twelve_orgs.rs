//! Twelve simulated sandboxes that answer as slowly as real ones, for a picture of a terminal (`scripts/picture`).
//!
//! Writes a configuration for them to the path given and answers until its stdin is closed. The consumer secret of all
//! of them is `example`.

use std::io::{self, Read, Write};
use std::time::Duration;

use relay_scrub::simulator::{App, OrgKind, OrgSetup, Relay, Simulator, User};

const USER: &str = "scrubber@acme.com";

fn relays(name: &str) -> Vec<Relay> {
    let production = || Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "example");
    match name {
        "hotfix" | "qa-2" => vec![Relay::clean("mailhog.acme.internal")],
        "full" => vec![production(), Relay::exposed("smtp2.acme.com", "smtp-relay@acme.com", "example")],
        _ => vec![production()],
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    let path = std::env::args().nth(1).ok_or_else(|| io::Error::other("which file is the configuration to go to?"))?;
    let simulator = Simulator::start().await?;
    simulator.set_latency(Duration::from_millis(250));
    let mut file = String::from("[defaults]\nauth = \"client-credentials\"\nclient_id = \"3MVG9example\"\n");
    let names = [
        "dev-1",
        "dev-2",
        "dev-3",
        "uat",
        "full",
        "hotfix",
        "qa-1",
        "qa-2",
        "training",
        "partial",
        "sales",
        "prod-copy",
    ];
    for name in names {
        let kind = if name == "prod-copy" { OrgKind::Production } else { OrgKind::Sandbox };
        let user = User { sees_object: name != "training", ..User::new(USER) };
        let app = App::connected("3MVG9example").secret("example").run_as(USER);
        let setup = OrgSetup { relays: relays(name), ..OrgSetup::new(kind, "Acme").user(user).app(app) };
        let org = simulator.add_org(setup).await?;
        file.push_str(&format!("\n[orgs.{name}]\ninstance_url = \"{}\"\n", org.url()));
    }
    std::fs::write(path, file)?;
    io::stdout().write_all(b"ready\n")?;
    tokio::task::spawn_blocking(|| io::stdin().read_to_end(&mut Vec::new())).await??;
    Ok(())
}
