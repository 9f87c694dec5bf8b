//! The command line: one file a verb. What a verb prints goes through `console`, and what it returns is an exit code.

pub mod arguments;
mod audit;
mod checkup;
mod completion;
mod console;
mod demo;
mod error;
mod github;
mod hook;
mod jobs;
mod logging;
mod login;
mod logout;
mod man;
mod orgs;
mod panic;
mod progress;
mod prompt;
mod question;
mod report_file;
mod schema;
mod scrub;
mod serve;
mod session;
mod setup;
mod signals;
mod supervisor;
mod usage;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;

use self::arguments::{Arguments, Command};
use self::console::Console;
use self::error::CliError;
use self::report_file::ReportFiles;
use crate::config::Environment;

/// Runs the program with these arguments, the program's own name first, and returns its exit code.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let words: Vec<OsString> = arguments.into_iter().collect();
    match completion::answer(&words) {
        Ok(false) => {}
        Ok(true) => return ExitCode::SUCCESS,
        Err(error) => return usage::tell(error),
    }
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(usage) => return usage::tell(usage),
    };
    let console = Console::new(arguments.global.no_color);
    panic::tell_place_alone(console.clone());
    let environment = Environment::new(std::env::vars_os());
    // Before anything that can end the program: no report of an earlier run may outlive the start of this one.
    let files = ReportFiles::open(&arguments.command);
    let ready = files.and_then(|files| start_logging(&arguments, &console).map(|()| files));
    let result = ready.and_then(|files| match &arguments.command {
        Command::Scrub(scrub) => scrub::run(&arguments.global, scrub, &environment, files, &console),
        Command::Audit(audit) => audit::run(&arguments.global, audit, &environment, files, &console),
        Command::Orgs(orgs) => orgs::run(&arguments.global, orgs, &environment, &console),
        Command::Login(login) => login::run(&arguments.global, login, &environment, &console),
        Command::Logout(logout) => logout::run(&arguments.global, logout, &environment, &console),
        Command::Hook(hook) => hook::run(&arguments.global, hook, &environment, &console),
        Command::Jobs(jobs) => jobs::run(&arguments.global, jobs, &environment, &console),
        Command::Serve(serve) => serve::run(&arguments.global, serve, &environment),
        Command::Setup(arguments) => setup::run(arguments, &environment, &console),
        Command::Schema(schema) => schema::run(schema, &console),
        Command::Completions(completions) => completion::run(completions.shell, &console),
        Command::Man(man) => man::run(man, &console),
        Command::Demo(demo) => demo::run(&arguments.global, demo, &console),
    });
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            console.say(&error.to_string());
            ExitCode::from(error.exit_code())
        }
    }
}

fn start_logging(arguments: &Arguments, console: &Console) -> Result<(), CliError> {
    let global = &arguments.global;
    let filter = std::env::var("RELAY_SCRUB_LOG").ok().filter(|filter| !filter.is_empty());
    // What a service has to say is in its log alone.
    let more = u8::from(matches!(arguments.command, Command::Serve(_)));
    let level = logging::level(global.verbose + more, global.quiet);
    logging::start(level, filter.as_deref(), global.log_format, console).map_err(CliError::Usage)
}
