//! `relay-scrub scrub`.

use std::sync::Arc;

use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::arguments::{GlobalArguments, ScrubArguments, asked};
use super::console::Console;
use super::error::CliError;
use super::github::Runner;
use super::report_file::ReportFile;
use super::signals;
use crate::config::{self, Config, Environment, Guard, KnownOrg, Places, Target};
use crate::domain::diff::Usernames;
use crate::domain::plan::Policy;
use crate::domain::report::{FleetReport, Mode};
use crate::domain::rule::Rule;
use crate::fleet::{self, Member, Pace};
use crate::output::{json, text};
use crate::salesforce::{AllowedHosts, Destination, Expected, Transport};
use crate::scrub::Settings;
use crate::secrets::{OsKeyring, SecretStore};

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ScrubArguments,
    environment: &Environment,
    console: Console,
) -> Result<u8, CliError> {
    let keyring: Arc<dyn SecretStore> = Arc::new(OsKeyring);
    let places = Places::of_this_process().map_err(CliError::System)?;
    let config = config::resolve(&asked(global, arguments), environment, &places, &keyring)?;
    for target in &config.targets {
        tracing::info!(org = target.org.name, place = target.credential_place, "the secret was found");
    }
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let members = config.targets.iter().map(|target| member(target, &config.guard)).collect::<Result<_, _>>()?;
    let report_file = arguments.output.report.as_deref().map(ReportFile::open).transpose()?;
    let runtime = Runtime::new().map_err(CliError::System)?;
    let stop = CancellationToken::new();
    let pace = Pace { concurrency: config.concurrency, fail_fast: arguments.run.fail_fast };
    let settings = settings(arguments, &config);
    let work = fleet::run(members, settings, pace, &stop);
    let (report, signal) =
        runtime.block_on(signals::watch(console, &stop, signals::STOPPING_RUN, work)).map_err(CliError::System)?;
    // What is still being looked up or sent is left behind: a second signal must not wait for it.
    runtime.shutdown_background();
    let Some(report) = report else {
        console.say("Left at once: what was under way may or may not have been done. Run again to find out.");
        return Ok(signal.map_or(1, signals::Signal::exit_code));
    };
    tell(&report, arguments, report_file, console)?;
    Ok(signal.map_or_else(|| report.exit_code(arguments.run.detailed_exitcode), signals::Signal::exit_code))
}

/// The hosts that an org's settings allow, or the guard's refusal of the first that production could have.
pub(super) fn allowed_hosts(org: &KnownOrg, guard: &Guard) -> Result<AllowedHosts, CliError> {
    let hosts = guard.allowed_hosts.iter().chain(&org.allowed_hosts);
    for host in hosts.clone() {
        let place = host.source.to_string();
        AllowedHosts::new([host.value.clone()]).map_err(|refusal| CliError::Refused { refusal, place })?;
    }
    let place = org.name.clone();
    AllowedHosts::new(hosts.map(|host| host.value.clone())).map_err(|refusal| CliError::Refused { refusal, place })
}

fn settings(arguments: &ScrubArguments, config: &Config) -> Settings {
    let usernames = if arguments.output.show_usernames { Usernames::Shown } else { Usernames::Masked };
    Settings {
        rule: Rule::email_relay(),
        policy: Policy { every_record: arguments.run.every_relay, usernames },
        mode: if arguments.run.dry_run { Mode::DryRun } else { Mode::Scrub },
        partial: arguments.run.partial,
        timeout: config.timeout,
        transport: Transport::default(),
    }
}

fn member(target: &Target, guard: &Guard) -> Result<Member, CliError> {
    let allowed_hosts = allowed_hosts(&target.org, guard)?;
    let Target { org, credential, .. } = target.clone();
    let KnownOrg { name, instance_url, login_url, api_version, expected, .. } = org;
    let expected = Expected { denied: guard.denied_orgs.clone(), org_id: expected.org_id, sandbox: expected.sandbox };
    let destination = Destination { instance_url, login_url, credential, api_version, expected, allowed_hosts };
    Ok(Member { name, destination })
}

/// Prints the report, and puts it wherever else it was asked for.
fn tell(
    report: &FleetReport,
    arguments: &ScrubArguments,
    report_file: Option<ReportFile>,
    console: Console,
) -> Result<(), CliError> {
    let mut as_json = Vec::new();
    let lost = |to: &str| {
        let to = to.to_string();
        move |error| CliError::Result { to, error }
    };
    json::write(report, env!("CARGO_PKG_VERSION"), &mut as_json).map_err(lost("memory"))?;
    let written = report_file.map_or(Ok(()), |file| file.write(&as_json));
    if let Some(runner) = Runner::detect() {
        runner.tell(report, console);
    }
    if arguments.output.json {
        console.product(&as_json).map_err(lost("stdout"))?;
    } else {
        let mut as_text = Vec::new();
        text::write(report, console.style(), &mut as_text).map_err(lost("memory"))?;
        console.product(&as_text).map_err(lost("stdout"))?;
    }
    written
}
