//! `relay-scrub scrub`.

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::arguments::{GlobalArguments, ScrubArguments, asked};
use super::console::Console;
use super::error::{CliError, of_settings};
use super::github::{Runner, Told};
use super::question::{self, Asked};
use super::report_file::{Renders, ReportFiles};
use super::session::Session;
use super::signals::Signal;
use crate::config::{self, Config, Environment, Places};
use crate::domain::diff::Usernames;
use crate::domain::plan::Policy;
use crate::domain::report::{FleetReport, Mode};
use crate::domain::rule::Rule;
use crate::fleet::Pace;
use crate::output::{github, json, junit, sarif, text};
use crate::salesforce::{Reach, Transport};
use crate::scrub::{HostRefused, Order, Settings};
use crate::secrets::SecretStore;

/// What is said where the question before a write would not be seen.
const NO_QUESTION: &str = "In a terminal a scrub asks before it clears, on stderr, and stderr is no terminal here. Nothing \
                           was contacted. Give --yes to clear without being asked, or --dry-run to look.";

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &ScrubArguments,
    environment: &Environment,
    files: ReportFiles,
    console: &Console,
) -> Result<u8, CliError> {
    let asks = asks(arguments, environment, console)?;
    let places = Places::of_this_process().map_err(CliError::System)?;
    let keyring: Arc<dyn SecretStore> = config::keyring(&places);
    let meant = asked(global, arguments);
    let config = config::resolve(&meant, environment, &places, &keyring)
        .map_err(|errors| of_settings(errors, Reach::Sandboxes, &meant, environment, &places))?;
    for target in &config.targets {
        tracing::info!(org = target.org.name, place = target.credential_place, "the secret was found");
    }
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let orders = orders(&config)?;
    let session = Session {
        console,
        runtime: Runtime::new().map_err(CliError::System)?,
        settings: settings(arguments, &config),
        pace: Pace { concurrency: config.concurrency, fail_fast: arguments.run.fail_fast },
        shows_progress: !global.quiet && !arguments.output.json,
    };
    let asked = if asks {
        question::scrub_after_asking(&session, &orders)?
    } else {
        let (report, signal) = session.run(orders, session.settings.mode)?;
        Asked::Ended(report, signal)
    };
    // What is still being looked up or sent is left behind: a second signal must not wait for it.
    session.runtime.shutdown_background();
    match asked {
        Asked::Declined(report, signal) => {
            record(&report, files)?;
            let more = if report.mode == Mode::Scrub { " more" } else { "" };
            console.say(&format!("Nothing{more} was written."));
            Ok(signal.map_or_else(|| declined(&report), Signal::exit_code))
        }
        Asked::Ended(report, signal) => {
            tell(&report, arguments, environment, files, console)?;
            Ok(signal.map_or_else(|| report.exit_code(arguments.run.detailed_exitcode), Signal::exit_code))
        }
    }
}

/// Whether to ask before writing: where a person can answer, and nobody said that it isn't wanted.
///
/// # Errors
/// Where a person at a terminal has sent away what is said, the question with it. Nobody said that it isn't wanted, so
/// nothing may be written without it.
fn asks(arguments: &ScrubArguments, environment: &Environment, console: &Console) -> Result<bool, CliError> {
    let run = &arguments.run;
    if run.yes || run.dry_run || arguments.output.json || environment.is_ci() || !console.is_in_a_terminal() {
        return Ok(false);
    }
    if console.has_a_person() { Ok(true) } else { Err(CliError::Usage(NO_QUESTION.into())) }
}

/// The exit code of a run that the user declined: as of a dry run, and 1 where something was exposed.
fn declined(report: &FleetReport) -> u8 {
    match report.exit_code(false) {
        0 if report.orgs.iter().any(|org| org.exposed() > 0) => 1,
        code => code,
    }
}

/// What to do at each target.
pub(super) fn orders(config: &Config) -> Result<Vec<Order>, HostRefused> {
    config.targets.iter().map(|target| Order::new(target.clone(), &config.guard)).collect()
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

/// Writes the report to the files that were asked for.
fn record(report: &FleetReport, files: ReportFiles) -> Result<(), CliError> {
    files.write(&Renders {
        report: &|version, out| json::write(report, version, out),
        junit: &|version, out| junit::write(report, version, out),
        sarif: &|version, out| sarif::write(report, version, out),
    })
}

/// Prints the report, and puts it wherever else it was asked for.
fn tell(
    report: &FleetReport,
    arguments: &ScrubArguments,
    environment: &Environment,
    files: ReportFiles,
    console: &Console,
) -> Result<(), CliError> {
    if let Some(runner) = Runner::detect(environment) {
        let told = Told {
            annotations: github::annotations(report),
            summary: github::summary(report),
            outputs: github::outputs(report, arguments.output.report.as_deref()),
        };
        runner.tell(&told, console);
    }
    let recorded = record(report, files);
    let mut bytes = Vec::new();
    let written = match arguments.output.json {
        true => json::write(report, env!("CARGO_PKG_VERSION"), &mut bytes),
        false => text::write(report, console.style(), &mut bytes),
    };
    let printed = written.and_then(|()| console.product(&bytes));
    printed.map_err(|error| CliError::Result { to: "stdout".into(), error }).and(recorded)
}
