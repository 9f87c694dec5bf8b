//! The flags of `hook`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::GlobalArguments;
use crate::config::HookAsked;

/// What follows the long help of `hook send`.
const EXAMPLES: &str = "\
Examples:
  relay-scrub hook send --check https://scrub.acme.example
      whether address, TLS, secret and clock are right; no job is made
  relay-scrub hook send http://127.0.0.1:8080 --sandbox uat \\
      --organization-id 00D5e000000abcDEAQ
      what the class of the sandbox uat would send; the service then clears it

Exit codes:
  0    accepted; with --check, the service would accept
  1    not accepted, or no answer
  2    usage or configuration error; nothing was sent";

/// The webhook.
#[derive(Args, Clone)]
pub struct HookCommand {
    /// What to do.
    #[command(subcommand)]
    pub verb: HookVerb,
}

/// What to do with the webhook.
#[derive(Clone, Subcommand)]
pub enum HookVerb {
    /// Sign and post a delivery, as the class of a sandbox does, and explain the answer
    #[command(after_long_help = EXAMPLES)]
    Send(SendArguments),
}

/// The flags of `hook send`.
#[derive(Args, Clone)]
pub struct SendArguments {
    /// Address of the service; /v1/sandbox-post-copy is added where it has no path
    #[arg(value_name = "URL")]
    pub url: String,
    /// Send what is signed but no delivery: it shows all the same whether the service can be reached and the secret is its own
    #[arg(long, conflicts_with_all = ["sandbox", "organization_id", "sandbox_id"])]
    pub check: bool,
    /// Name of the sandbox
    #[arg(long, value_name = "NAME", required_unless_present = "check", requires = "organization_id")]
    pub sandbox: Option<String>,
    /// Id of the sandbox as an org, 15 or 18 characters; the service clears no other org
    #[arg(long, value_name = "ID", required_unless_present = "check")]
    pub organization_id: Option<String>,
    /// Id of the sandbox's record in production, which is only shown
    #[arg(long, value_name = "ID")]
    pub sandbox_id: Option<String>,
    /// File with the service's secret; of several the first is signed with [env, the secret itself: RELAY_SCRUB_WEBHOOK_SECRET]
    #[arg(long, value_name = "PATH")]
    pub webhook_secret_file: Option<PathBuf>,
    /// Print what came of it as JSON
    #[arg(long)]
    pub json: bool,
}

impl SendArguments {
    /// What the flags ask of the configuration.
    pub(in crate::cli) fn asked(&self, global: &GlobalArguments) -> HookAsked {
        let Self { url, check: _, sandbox, organization_id, sandbox_id, webhook_secret_file, json: _ } = self.clone();
        let config = global.config.clone();
        HookAsked { config, url, webhook_secret_file, sandbox, organization_id, sandbox_id }
    }
}
