//! What `login` and `logout` take.

use clap::Args;

use super::super::completion;
use super::{GuardArguments, LoginArguments, OrgArguments};

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-scrub login uat                in the browser, to `uat` of the file
  relay-scrub login uat --no-browser   print the address, to open it elsewhere
  relay-scrub login uat --auth jwt     try the key of the JWT flow, and keep it
  relay-scrub login --check            try the login that is there, step by step
  relay-scrub login --client-id 3MVG9… \\
      --instance-url https://acme--uat.sandbox.my.salesforce.com

The browser it is, unless --auth or the file's auth says jwt or
client-credentials: then the credential that is there is tried, and its secret
kept.

The app must list the callback address: http://localhost:1717/OauthRedirect, or
with the port of --port.

A refresh of the sandbox ends every login made in the browser. Unattended work
needs a connected app with the JWT flow, whose logins outlive a refresh.

Exit codes: 0 kept, 1 failed, 2 usage or configuration error, 3 refused by the
            guard, 130 interrupted.";

/// The flags of `login`.
#[derive(Args, Clone)]
pub struct LoginCommand {
    /// Which org.
    #[command(flatten)]
    pub org: OrgArguments,
    /// How to log in.
    #[command(flatten)]
    pub login: LoginArguments,
    /// What narrows and widens what may be touched.
    #[command(flatten)]
    pub guard: GuardArguments,
    /// How the login goes.
    #[command(flatten)]
    pub browser: BrowserArguments,
    /// Whether to look instead.
    #[command(flatten)]
    pub checkup: CheckupArguments,
}

/// A look at the logins that are there.
#[derive(Args, Clone)]
#[command(next_help_heading = "Checkup")]
pub struct CheckupArguments {
    /// Store nothing: try the logins that are there, of several orgs too, and say at which step one fails and why
    #[arg(long, conflicts_with_all = ["no_browser", "share"])]
    pub check: bool,
    /// Print what --check finds as JSON
    #[arg(long, requires = "check")]
    pub json: bool,
}

/// How a login in the browser goes, and where it ends.
#[derive(Args, Clone)]
#[expect(rustdoc::broken_intra_doc_links, reason = "it is the text of --help")]
#[command(next_help_heading = "Browser and keyring")]
pub struct BrowserArguments {
    /// Port of the callback, http://localhost:PORT/OauthRedirect, which the app must list
    #[arg(long, value_name = "PORT", default_value = "1717", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: u16,
    /// Print the address of the login page, and open nothing
    #[arg(long)]
    pub no_browser: bool,
    /// Keep the key or secret for all orgs of the [sandboxes] template (--auth jwt or client-credentials)
    #[arg(long)]
    pub share: bool,
    /// How long to wait for the browser, and again for the org, 1s to 24h [default: 5m]
    #[arg(long, value_name = "DURATION")]
    pub timeout: Option<String>,
}

/// The flags of `logout`.
#[derive(Args, Clone)]
pub struct LogoutArguments {
    /// Names of logins in the keyring, as `login` said them, or patterns of them [default: the only org of the file]
    #[arg(value_name = "ORG", add = completion::orgs())]
    pub orgs: Vec<String>,
    /// Every login in the keyring
    #[arg(long, conflicts_with = "orgs")]
    pub all: bool,
    /// One more host that may be told to revoke [env: RELAY_SCRUB_ALLOW_HOST]
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}
