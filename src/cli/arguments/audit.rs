//! What can be typed after `audit`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{GlobalArguments, GuardArguments, LoginArguments, OrgArguments, PaceArguments, asked_of_org};
use crate::config::Asked;

pub(super) const NOTES: &str = "\
Examples:
  relay-scrub audit uat                           a sandbox
  relay-scrub audit --all --json --fail-on warn   every org, for a pipeline
  relay-scrub audit prod --allow-production --probe-relay --message sent.eml
  relay-scrub audit prod --allow-production --relay-config postfix > sf.cf

Exit codes:
  0    every org was looked at, whatever was found
  1    an org could not be looked at
  2    usage or configuration error; nothing was contacted
  3    refused by the guard: production without --allow-production, or not the
       org expected
  10   --fail-on: a finding of that level, or a check that should have been
       made and could not
  130  interrupted
  143  terminated";

/// The flags of `audit`.
#[derive(Args, Clone)]
pub struct AuditArguments {
    /// Which orgs.
    #[command(flatten)]
    pub org: OrgArguments,
    /// How to log in.
    #[command(flatten)]
    pub login: LoginArguments,
    /// What narrows and widens what may be touched.
    #[command(flatten)]
    pub guard: GuardArguments,
    /// What is looked at.
    #[command(flatten)]
    pub look: LookArguments,
    /// How it runs.
    #[command(flatten)]
    pub run: AuditRunArguments,
    /// What comes out.
    #[command(flatten)]
    pub output: AuditOutputArguments,
}

/// What is looked at.
#[derive(Args, Clone)]
#[command(next_help_heading = "Audit")]
pub struct LookArguments {
    /// Look at production too; nothing is written, and no credential is stored. A sandbox's address is treated as without it
    #[arg(long)]
    pub allow_production: bool,
    /// Connect to the mail servers of the relays, and to nothing else: TLS, certificate, authentication; no mail and no credential is sent. They see this machine's address, which is none of Salesforce's
    #[arg(long)]
    pub probe_relay: bool,
    /// A mail that went through the relay, as a file; may be repeated, for one org
    #[arg(long, value_name = "FILE")]
    pub message: Vec<PathBuf>,
    /// Don't look up SPF, DMARC and DKIM
    #[arg(long)]
    pub no_dns: bool,
    /// Ask this name server, such as 192.0.2.53:53, in place of the system's
    #[arg(long, value_name = "SERVER:PORT", conflicts_with = "no_dns")]
    pub dns: Option<SocketAddr>,
}

/// How it runs.
#[derive(Args, Clone)]
#[command(next_help_heading = "Run")]
pub struct AuditRunArguments {
    /// End with 10 at a finding of this level or a graver one, or at a check that could not be made
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,
    /// At what pace, and by which API version.
    #[command(flatten)]
    pub pace: PaceArguments,
}

/// What comes out.
#[derive(Args, Clone)]
#[command(next_help_heading = "Output")]
pub struct AuditOutputArguments {
    /// Print the report as JSON (`relay-scrub schema audit` describes it)
    #[arg(long)]
    pub json: bool,
    /// Write the JSON report to a file as well
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the report for tools that read JUnit: a suite for each org, a case for each check, which fails as --fail-on says (without it: at a finding of the level fail)
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write the findings for tools that read SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Print the rules for the relay's own side in place of a report, made for one org
    #[arg(long, value_name = "SERVER", conflicts_with_all = ["json", "report", "junit", "sarif", "fail_on", "probe_relay", "message", "dns", "no_dns"])]
    pub relay_config: Option<MailServerKind>,
}

/// The mail server that rules are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MailServerKind {
    /// Postfix, with a milter
    Postfix,
    /// Exim
    Exim,
    /// Exchange Server and Exchange Online
    Exchange,
}

/// The level that a run gates on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Worth knowing, or graver
    Info,
    /// Against the advice, or graver
    Warn,
    /// Credentials or mail exposed or lost
    Fail,
}

/// What the flags ask of the configuration.
pub fn asked_of_audit(global: &GlobalArguments, audit: &AuditArguments) -> Asked {
    let AuditArguments { org, login, guard, run, look: _, output: _ } = audit;
    run.pace.asked(asked_of_org(global, org, login, guard))
}
