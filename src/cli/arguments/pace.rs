//! The flags of every verb that runs in orgs.

use clap::Args;

use crate::config::Asked;

/// At what pace orgs are worked on, and by which API version: the same for every verb that runs in them.
#[derive(Args, Clone)]
#[command(next_help_heading = "Run")]
pub struct PaceArguments {
    /// How many orgs at a time, 1 to 256 [default: 8]
    #[arg(long, value_name = "N")]
    pub concurrency: Option<String>,
    /// Time for one org, 1s to 24h [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
    /// Salesforce API version, at least 52.0 [env: RELAY_SCRUB_API_VERSION] [default: 68.0]
    #[arg(long, value_name = "NN.0")]
    pub api_version: Option<String>,
}

impl PaceArguments {
    /// What was asked of an org, at this pace.
    pub(super) fn asked(&self, of_org: Asked) -> Asked {
        let Self { concurrency, timeout, api_version } = self.clone();
        Asked { concurrency, timeout, api_version, ..of_org }
    }
}
