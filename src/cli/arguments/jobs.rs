//! What `jobs` takes.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::GlobalArguments;
use crate::config::JobsAsked;
use crate::server::job::{JobId, State};
use crate::server::question::{self, Question};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-scrub jobs list               the newest, in `serve`'s database here
  relay-scrub jobs list --attention   those that wait for a person
  relay-scrub jobs list --state dead,refused --sandbox uat
  relay-scrub jobs show 01JDB3Q0Z5W8K6M4N2P7R9T1V3
  relay-scrub jobs retry 01JDB3Q0Z5W8K6M4N2P7R9T1V3
  relay-scrub jobs list --service https://scrub.example.com \\
      --admin-token-file token

Exit codes: 0 done, 1 there is no such job, it can't be done, or the jobs can't
            be reached, 2 usage or configuration error.";

/// The service's jobs.
#[derive(Args, Clone)]
pub struct JobsCommand {
    /// What to do.
    #[command(subcommand)]
    pub verb: JobsVerb,
}

/// What to do with the service's jobs.
#[derive(Clone, Subcommand)]
pub enum JobsVerb {
    /// List jobs, newest first
    List(ListArguments),
    /// Show a job, and what its last attempt did
    Show(ShowArguments),
    /// Let jobs be tried now, whether they wait or have ended; their age counts anew
    Retry(WishArguments),
    /// Take waiting jobs back
    Cancel(WishArguments),
}

/// The flags of `jobs list`.
#[derive(Args, Clone)]
pub struct ListArguments {
    /// Only jobs in one of these states
    #[arg(long, value_name = "STATE", value_delimiter = ',')]
    pub state: Vec<JobState>,
    /// Only jobs of this sandbox
    #[arg(long, value_name = "NAME", value_parser = question::sandbox)]
    pub sandbox: Option<String>,
    /// Only jobs that can't work before somebody changes something
    #[arg(long)]
    pub attention: bool,
    /// Only jobs older than this one: the next page
    #[arg(long, value_name = "JOB", value_parser = job)]
    pub before: Option<JobId>,
    /// How many jobs, 1 to 200 [default: 50]
    #[arg(long, value_name = "N", value_parser = question::limit)]
    pub limit: Option<u32>,
    /// Where the jobs are.
    #[command(flatten)]
    pub place: PlaceArguments,
}

/// The flags of `jobs show`.
#[derive(Args, Clone)]
pub struct ShowArguments {
    /// The job's id
    #[arg(value_name = "JOB", value_parser = job)]
    pub job: JobId,
    /// Where the jobs are.
    #[command(flatten)]
    pub place: PlaceArguments,
}

/// The flags of `jobs retry` and `jobs cancel`.
#[derive(Args, Clone)]
pub struct WishArguments {
    /// The jobs' ids
    #[arg(value_name = "JOB", required = true, value_parser = job)]
    pub jobs: Vec<JobId>,
    /// Where the jobs are.
    #[command(flatten)]
    pub place: PlaceArguments,
}

/// Where the jobs are, and what comes out.
#[derive(Args, Clone)]
pub struct PlaceArguments {
    /// The service's database, as `serve` has it [env: RELAY_SCRUB_DATABASE]
    #[arg(long, value_name = "URL", help_heading = "Where the jobs are")]
    pub database: Option<String>,
    /// File with the database's URL, which may hold a password
    #[arg(long, value_name = "PATH", conflicts_with = "database", help_heading = "Where the jobs are")]
    pub database_file: Option<PathBuf>,
    /// Ask a running service instead, at its private listener: http://127.0.0.1:9090
    #[arg(long, value_name = "URL", conflicts_with_all = ["database", "database_file"], help_heading = "Where the jobs are")]
    pub service: Option<String>,
    /// File with the admin token of that service [env, the token itself: RELAY_SCRUB_ADMIN_TOKEN]
    #[arg(long, value_name = "PATH", requires = "service", help_heading = "Where the jobs are")]
    pub admin_token_file: Option<PathBuf>,
    /// Print JSON, as the service's /v1/jobs gives it
    #[arg(long)]
    pub json: bool,
}

/// Where a job stands, as it is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum JobState {
    /// For its first attempt, or the next
    Waiting,
    /// A worker is at it
    Running,
    /// The sandbox is clean
    Done,
    /// The guard refused
    Refused,
    /// Given up
    Dead,
    /// A person took it back
    Cancelled,
}

impl From<JobState> for State {
    fn from(state: JobState) -> Self {
        match state {
            JobState::Waiting => Self::Waiting,
            JobState::Running => Self::Running,
            JobState::Done => Self::Done,
            JobState::Refused => Self::Refused,
            JobState::Dead => Self::Dead,
            JobState::Cancelled => Self::Cancelled,
        }
    }
}

impl JobsVerb {
    /// Where the jobs are, and what comes out.
    pub fn place(&self) -> &PlaceArguments {
        match self {
            Self::List(list) => &list.place,
            Self::Show(show) => &show.place,
            Self::Retry(wish) | Self::Cancel(wish) => &wish.place,
        }
    }
}

impl ListArguments {
    /// What is asked of the list.
    pub fn question(&self) -> Question {
        Question {
            states: self.state.iter().map(|state| (*state).into()).collect(),
            sandbox: self.sandbox.clone(),
            needs_attention: self.attention,
            before: self.before.clone(),
            limit: self.limit,
            stays: false,
        }
    }
}

impl PlaceArguments {
    /// What the flags ask of the configuration.
    pub fn asked(&self, global: &GlobalArguments) -> JobsAsked {
        let Self { database, database_file, service, admin_token_file, json: _ } = self.clone();
        JobsAsked { config: global.config.clone(), database, database_file, service, admin_token_file }
    }
}

fn job(text: &str) -> Result<JobId, String> {
    JobId::parse(text).ok_or_else(|| "a job's id has 26 letters and digits, as `jobs list` shows it".into())
}
