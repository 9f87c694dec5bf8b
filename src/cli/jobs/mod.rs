//! `relay-scrub jobs`: the service's jobs, in its database or at a running service.

mod database;
mod service;

use jiff::Timestamp;
use serde::Serialize;
use tokio::runtime::Runtime;

use self::database::InDatabase;
use self::service::AtService;
use super::arguments::{GlobalArguments, JobsCommand, JobsVerb, ListArguments};
use super::console::Console;
use super::error::CliError;
use super::signals;
use crate::config::{Environment, JobsPlace, Places, resolve_jobs};
use crate::output::job_v1::{Job, Jobs, Schema};
use crate::output::jobs;
use crate::server::job::JobId;
use crate::server::question::Question;

/// What is wanted of a job.
#[derive(Clone, Copy)]
enum Wanted {
    Retry,
    Cancel,
}

/// Where the jobs are.
enum Desk {
    Database(InDatabase),
    Service(AtService),
}

pub(super) fn run(
    global: &GlobalArguments,
    arguments: &JobsCommand,
    environment: &Environment,
    console: &Console,
) -> Result<u8, CliError> {
    let places = Places::of_this_process().map_err(CliError::System)?;
    let (place, warnings) = resolve_jobs(&arguments.verb.place().asked(global), environment, &places)?;
    warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
    let runtime = Runtime::new().map_err(CliError::System)?;
    let code = runtime.block_on(async {
        tokio::select! {
            done = work(place, &arguments.verb, console) => done.map(|()| 0),
            signal = signals::first() => signal.map(signals::Signal::exit_code).map_err(CliError::System),
        }
    });
    runtime.shutdown_background();
    code
}

async fn work(place: JobsPlace, verb: &JobsVerb, console: &Console) -> Result<(), CliError> {
    let (desk, json) = (Desk::open(place).await?, verb.place().json);
    match verb {
        JobsVerb::List(list) => desk.print_list(list, json, console).await,
        JobsVerb::Show(show) => desk.print_job(&show.job, json, console).await,
        JobsVerb::Retry(wish) => desk.wish_all(Wanted::Retry, &wish.jobs, json, console).await,
        JobsVerb::Cancel(wish) => desk.wish_all(Wanted::Cancel, &wish.jobs, json, console).await,
    }
}

impl Desk {
    async fn open(place: JobsPlace) -> Result<Self, CliError> {
        let desk = match place {
            JobsPlace::Database { database, give_up_after } => {
                InDatabase::open(&database, give_up_after).await.map(Self::Database)
            }
            JobsPlace::Service { address, token } => AtService::new(address, token).map(Self::Service),
        };
        desk.map_err(CliError::Jobs)
    }

    async fn print_list(&self, list: &ListArguments, json: bool, console: &Console) -> Result<(), CliError> {
        let question = list.question();
        let found = match self {
            Self::Database(desk) => desk.list(&question).await,
            Self::Service(desk) => desk.list(&question).await,
        };
        let found = found.map_err(CliError::Jobs)?;
        print(&found, json, console)?;
        match (&found.next, found.jobs.is_empty()) {
            _ if json => {}
            (Some(next), _) => console.say(&format!("There are more: --before {next}")),
            (None, true) if question == Question::default() => console.say("There is no job yet."),
            (None, true) => console.say("No job is like that."),
            (None, false) => {}
        }
        Ok(())
    }

    async fn print_job(&self, id: &JobId, json: bool, console: &Console) -> Result<(), CliError> {
        let job = match self {
            Self::Database(desk) => desk.show(id).await,
            Self::Service(desk) => desk.show(id).await,
        };
        let job = job.map_err(CliError::Jobs)?;
        if json {
            return print_json(&job, console);
        }
        let mut bytes = Vec::new();
        let written = jobs::write_job(&job, Timestamp::now(), console.style(), &mut bytes);
        written.and_then(|()| console.product(&bytes)).map_err(to_stdout)
    }

    /// Each is tried, whatever becomes of the others.
    async fn wish_all(&self, wanted: Wanted, ids: &[JobId], json: bool, console: &Console) -> Result<(), CliError> {
        let (mut done, mut wrong) = (Vec::new(), Vec::new());
        for id in ids {
            let result = match self {
                Self::Database(desk) => desk.wish(wanted, id).await,
                Self::Service(desk) => desk.wish(wanted, id).await,
            };
            match result {
                Ok(job) => done.push(Job { report: None, ..job }),
                Err(text) => wrong.push(format!("{id}: {text}")),
            }
        }
        print(&Jobs { schema: Schema::V1, jobs: done, next: None }, json, console)?;
        if wrong.is_empty() { Ok(()) } else { Err(CliError::Jobs(wrong.join("\n"))) }
    }
}

fn print(found: &Jobs, json: bool, console: &Console) -> Result<(), CliError> {
    if json {
        return print_json(found, console);
    }
    let mut bytes = Vec::new();
    let written = jobs::write_list(&found.jobs, Timestamp::now(), console.style(), &mut bytes);
    written.and_then(|()| console.product(&bytes)).map_err(to_stdout)
}

fn print_json(value: &impl Serialize, console: &Console) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(std::io::Error::from);
    text.and_then(|text| console.product(format!("{text}\n").as_bytes())).map_err(to_stdout)
}

fn to_stdout(error: std::io::Error) -> CliError {
    CliError::Result { to: "stdout".into(), error }
}
