//! `relay-scrub audit`.

mod relay_config;

use std::sync::Arc;

use tokio::runtime::Runtime;

use super::arguments::{AuditArguments, FailOn, GlobalArguments, asked_of_audit};
use super::console::Console;
use super::error::{CliError, of_settings};
use super::github::{Runner, Told};
use super::progress;
use super::report_file::{Renders, ReportFiles};
use super::scrub::orders;
use super::signals::{self, Signal};
use crate::audit::{self, MessageFile, Names, Settings};
use crate::config::{self, Config, Environment, Places};
use crate::domain::audit_report::{AuditReport, OrgAudit};
use crate::domain::finding::Level;
use crate::fleet::{Observer, Unobserved};
use crate::output::{audit_json, audit_text, audit_words, github, junit, sarif};
use crate::salesforce::{Reach, Transport};
use crate::scrub::Stop;
use crate::secrets::SecretStore;

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &AuditArguments,
    environment: &Environment,
    files: ReportFiles,
    console: &Console,
) -> Result<u8, CliError> {
    let places = Places::of_this_process().map_err(CliError::System)?;
    let keyring: Arc<dyn SecretStore> = config::keyring(&places);
    let meant = asked_of_audit(global, arguments);
    let config = config::resolve(&meant, environment, &places, &keyring)
        .map_err(|errors| of_settings(errors, reach(arguments), &meant, environment, &places))?;
    for warning in &config.warnings {
        tracing::warn!("{warning}");
    }
    let settings = settings(arguments, &config)?;
    let mut orders = orders(&config)?;
    if let Some(server) = arguments.output.relay_config {
        let order = match orders.len() {
            1 => orders.remove(0),
            count => {
                return Err(CliError::Usage(format!("--relay-config is for one org, and {count} are meant: name one")));
            }
        };
        return relay_config::run(order, &settings, server, console);
    }
    let gate = arguments.run.fail_on.map(level);
    let runtime = Runtime::new().map_err(CliError::System)?;
    let stop = Stop::default();
    let observer: Arc<dyn Observer<OrgAudit>> = match global.quiet || arguments.output.json {
        true => Arc::new(Unobserved),
        false => progress::observer(console, &orders, audit_words::brief),
    };
    let work = audit::run_all(orders, settings, config.concurrency, observer, &stop);
    let watched = runtime.block_on(signals::watch(console, &stop, signals::STOPPING_RUN, work));
    let (report, signal) = watched.map_err(CliError::System)?;
    // What is still being looked up is left behind: a second signal must not wait for it.
    runtime.shutdown_background();
    tell(&report, arguments, environment, files, console)?;
    Ok(signal.map_or_else(|| report.exit_code(gate), Signal::exit_code))
}

fn reach(arguments: &AuditArguments) -> Reach {
    if arguments.look.allow_production { Reach::AnyOrg } else { Reach::Sandboxes }
}

fn level(fail_on: FailOn) -> Level {
    match fail_on {
        FailOn::Info => Level::Info,
        FailOn::Warn => Level::Warn,
        FailOn::Fail => Level::Fail,
    }
}

/// What all orgs have in common. Files are read here, so that a bad path is told before anything is contacted.
fn settings(arguments: &AuditArguments, config: &Config) -> Result<Settings, CliError> {
    let look = &arguments.look;
    if config.targets.len() > 1 && !look.message.is_empty() {
        let count = config.targets.len();
        return Err(CliError::Usage(format!("--message is a mail of one org, and {count} orgs are meant: name one")));
    }
    let message = |path: &std::path::PathBuf| {
        let unreadable =
            |error| CliError::Usage(format!("--message {}: {error}. Nothing was contacted.", path.display()));
        MessageFile::read(path).map_err(unreadable)
    };
    let names = match (look.no_dns, look.dns) {
        (true, _) => None,
        _ if arguments.output.relay_config.is_some() => None,
        (false, Some(server)) => Some(Names::at(server)),
        (false, None) => Some(Names::of_system()),
    };
    let unusable =
        |why| CliError::Usage(format!("the system's name servers can't be used ({why}): give --dns or --no-dns"));
    Ok(Settings {
        reach: reach(arguments),
        names: names.transpose().map_err(unusable)?,
        probes: look.probe_relay,
        messages: look.message.iter().map(message).collect::<Result<_, _>>()?,
        timeout: config.timeout,
        transport: Transport::default(),
    })
}

/// Writes the report to the files that were asked for; `gate` is what JUnit holds the findings against.
fn record(report: &AuditReport, gate: Option<Level>, files: ReportFiles) -> Result<(), CliError> {
    files.write(&Renders {
        report: &|version, out| audit_json::write(report, version, out),
        junit: &|version, out| junit::audit::write(report, gate, version, out),
        sarif: &|version, out| sarif::audit::write(report, version, out),
    })
}

/// Prints the report, and puts it wherever else it was asked for.
fn tell(
    report: &AuditReport,
    arguments: &AuditArguments,
    environment: &Environment,
    files: ReportFiles,
    console: &Console,
) -> Result<(), CliError> {
    if let Some(runner) = Runner::detect(environment) {
        let told = Told {
            annotations: github::audit::annotations(report),
            summary: github::audit::summary(report),
            outputs: github::audit::outputs(report, arguments.output.report.as_deref()),
        };
        runner.tell(&told, console);
    }
    let recorded = record(report, arguments.run.fail_on.map(level), files);
    let mut bytes = Vec::new();
    let written = match arguments.output.json {
        true => audit_json::write(report, env!("CARGO_PKG_VERSION"), &mut bytes),
        false => audit_text::write(report, console.style(), &mut bytes),
    };
    let printed = written.and_then(|()| console.product(&bytes));
    printed.map_err(|error| CliError::Result { to: "stdout".into(), error }).and(recorded)
}
