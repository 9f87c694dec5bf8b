//! What can be typed.
//!
//! No flag reads the environment by itself: [`crate::config`] does, so that which one wins, and the source that a message
//! names, are settled in one place, and no help text can show what a variable holds.

mod audit;
mod hook;
mod jobs;
mod login;
mod notes;
mod pace;
mod report_paths;
mod schema;
mod serve;
mod setup;
mod shell;

use std::path::PathBuf;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use self::notes::{EXAMPLES, EXIT_CODES, SCRUB_EXAMPLES};
use super::completion;
use crate::config::Asked;

pub use audit::{
    AuditArguments, AuditOutputArguments, AuditRunArguments, FailOn, LookArguments, MailServerKind, asked_of_audit,
};
pub use hook::{HookCommand, HookVerb, SendArguments};
pub use jobs::{JobState, JobsCommand, JobsVerb, ListArguments, PlaceArguments, ShowArguments, WishArguments};
pub use login::{BrowserArguments, LoginCommand, LogoutArguments};
pub use pace::PaceArguments;
pub(super) use report_paths::ReportPaths;
pub use schema::{SchemaArguments, SchemaOf};
pub(super) use serve::service_asked;
pub use serve::{JobArguments, NoticeArguments, PrivateArguments, PublicArguments, ServeArguments};
pub use setup::{SetupArguments, SetupLoginArguments};
pub use shell::{CompletionsArguments, ManArguments, Shell};

/// Clears production's SMTP credentials from the email relays of refreshed Salesforce sandboxes
#[derive(Clone, Parser)]
#[command(name = "relay-scrub", version, max_term_width = 100)]
#[command(after_long_help = format!("{EXAMPLES}\n\n{EXIT_CODES}"))]
pub struct Arguments {
    /// The flags that every command takes.
    #[command(flatten)]
    pub global: GlobalArguments,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The flags that every command takes.
#[derive(Args, Clone)]
pub struct GlobalArguments {
    /// Configuration file [env: RELAY_SCRUB_CONFIG] [default: relay-scrub.toml here, else in the platform's folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Everywhere")]
    pub config: Option<PathBuf>,
    /// Log more; twice for still more [env: RELAY_SCRUB_LOG]
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Everywhere")]
    pub verbose: u8,
    /// Print the result alone, and errors
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub quiet: bool,
    /// How logs are written
    #[arg(long, global = true, value_name = "FORMAT", default_value = "text", help_heading = "Everywhere")]
    pub log_format: LogFormat,
    /// No colours [env: NO_COLOR]
    #[arg(long, global = true, help_heading = "Everywhere")]
    pub no_color: bool,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// What to do.
#[derive(Clone, Subcommand)]
pub enum Command {
    /// Clear the email relays of sandboxes, and read again to prove it
    #[command(after_long_help = format!("{SCRUB_EXAMPLES}\n\n{EXIT_CODES}"))]
    Scrub(Box<ScrubArguments>),
    /// Hold the email relays of orgs against Salesforce's own advice; read only, production too
    #[command(after_long_help = audit::NOTES)]
    Audit(Box<AuditArguments>),
    /// Log in to a sandbox, in the browser, and keep the login in the keyring
    #[command(after_long_help = login::EXAMPLES)]
    Login(Box<LoginCommand>),
    /// Revoke logins of the keyring, and remove them
    Logout(LogoutArguments),
    /// List the orgs that are known, and where their logins are
    Orgs(OrgsArguments),
    /// The webhook: send it a delivery
    Hook(HookCommand),
    /// The jobs of the webhook service: list, show, retry, cancel
    #[command(after_long_help = jobs::EXAMPLES)]
    Jobs(JobsCommand),
    /// Take in the calls of refreshed sandboxes, and clear each as soon as it can be reached
    #[command(after_long_help = serve::EXAMPLES)]
    Serve(Box<ServeArguments>),
    /// Write what Salesforce needs: the class that runs after a copy, and the steps to set it up
    #[command(after_long_help = setup::EXAMPLES)]
    Setup(SetupArguments),
    /// Print the JSON Schema of a report
    Schema(SchemaArguments),
    /// Print a script that completes commands, flags and orgs in a shell
    #[command(after_long_help = shell::EXAMPLES)]
    Completions(CompletionsArguments),
    /// Print the manual page, or write a page for each command into a folder
    Man(ManArguments),
    /// Run the real scrub against simulated orgs on this machine
    Demo(DemoArguments),
}

/// The flags of `orgs`.
#[derive(Args, Clone)]
pub struct OrgsArguments {
    /// Try each login, and say what is wrong where one fails
    #[arg(long)]
    pub check: bool,
    /// Print the list as JSON
    #[arg(long)]
    pub json: bool,
}

/// The flags of `demo`.
#[derive(Args, Clone)]
pub struct DemoArguments {
    /// Keep the simulated orgs running until interrupted
    #[arg(long)]
    pub keep: bool,
}

/// The flags of `scrub`.
#[derive(Args, Clone)]
pub struct ScrubArguments {
    /// Which orgs.
    #[command(flatten)]
    pub org: OrgArguments,
    /// How to log in.
    #[command(flatten)]
    pub login: LoginArguments,
    /// What narrows and widens what may be touched.
    #[command(flatten)]
    pub guard: GuardArguments,
    /// How it runs.
    #[command(flatten)]
    pub run: RunArguments,
    /// What comes out.
    #[command(flatten)]
    pub output: OutputArguments,
}

/// Which orgs.
#[derive(Args, Clone)]
#[expect(rustdoc::broken_intra_doc_links, reason = "it is the text of --help")]
#[command(next_help_heading = "Org")]
pub struct OrgArguments {
    /// Names from the configuration file, or patterns of them ('eu-*') [default: what flags or environment describe, else the only org of the file]
    #[arg(value_name = "ORG", help_heading = None::<&str>, add = completion::orgs())]
    pub orgs: Vec<String>,
    /// Every org of the configuration file
    #[arg(long)]
    pub all: bool,
    /// Fill ORG into the [sandboxes] template even where it is much like the name of another org
    #[arg(long, requires = "orgs")]
    pub template: bool,
    /// The sandbox's My Domain URL; not beside ORG [env: RELAY_SCRUB_INSTANCE_URL, SF_ORG_INSTANCE_URL]
    #[arg(long, value_name = "URL")]
    pub instance_url: Option<String>,
}

/// How to log in. No flag takes a secret: process lists and shell histories show them.
#[derive(Args, Clone)]
#[expect(rustdoc::bare_urls, reason = "it is the text of --help")]
#[command(next_help_heading = "Login")]
pub struct LoginArguments {
    /// client-credentials, jwt, refresh-token, access-token, sfdx-auth-url or sf-cli [env: RELAY_SCRUB_AUTH] [default: the one that fits]
    #[arg(long, value_name = "METHOD")]
    pub auth: Option<String>,
    /// Consumer key of the app [env: RELAY_SCRUB_CLIENT_ID]
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// File with the app's consumer secret [env, the secret itself: RELAY_SCRUB_CLIENT_SECRET]
    #[arg(long, value_name = "PATH")]
    pub client_secret_file: Option<PathBuf>,
    /// User of the JWT flow; not beside ORG [env: RELAY_SCRUB_USERNAME]
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// File with the RSA private key of the JWT flow, in PEM [env, the PEM itself: RELAY_SCRUB_JWT_KEY]
    #[arg(long, value_name = "PATH")]
    pub jwt_key_file: Option<PathBuf>,
    /// Audience to sign for [env: RELAY_SCRUB_JWT_AUDIENCE] [default: the sandbox, then https://test.salesforce.com]
    #[arg(long, value_name = "URL")]
    pub jwt_audience: Option<String>,
    /// Where to ask for a token [env: RELAY_SCRUB_LOGIN_URL] [default: the instance URL]
    #[arg(long, value_name = "URL")]
    pub login_url: Option<String>,
    /// File with a refresh token, replaced when it is rotated; not beside ORG [env, the token itself: RELAY_SCRUB_REFRESH_TOKEN]
    #[arg(long, value_name = "PATH")]
    pub refresh_token_file: Option<PathBuf>,
    /// File with an access token; not beside ORG [env, the token itself: RELAY_SCRUB_ACCESS_TOKEN, SF_ACCESS_TOKEN]
    #[arg(long, value_name = "PATH")]
    pub access_token_file: Option<PathBuf>,
    /// File with an SFDX auth URL, replaced when its token is rotated; not beside ORG [env, the URL itself: RELAY_SCRUB_SFDX_AUTH_URL]
    #[arg(long, value_name = "PATH")]
    pub sfdx_auth_url_file: Option<PathBuf>,
    /// Use the Salesforce CLI's login of this alias or user name (`sf` is run to read it); not beside ORG [env: SF_TARGET_ORG]
    #[arg(short = 'o', long, value_name = "ALIAS")]
    pub target_org: Option<String>,
}

/// What narrows and widens what may be touched.
#[derive(Args, Clone)]
#[command(next_help_heading = "Guard")]
pub struct GuardArguments {
    /// Refuse any org but the one of this id (15 or 18 characters)
    #[arg(long, value_name = "ID")]
    pub expect_org_id: Option<String>,
    /// Refuse any sandbox but the one of this name
    #[arg(long, value_name = "NAME")]
    pub expect_sandbox: Option<String>,
    /// One more host that may get a credential; never production [env: RELAY_SCRUB_ALLOW_HOST]
    #[arg(long, value_name = "HOST")]
    pub allow_host: Vec<String>,
}

/// How it runs.
#[derive(Args, Clone)]
#[command(next_help_heading = "Run")]
pub struct RunArguments {
    /// Stop before the write, and show what would be cleared
    #[arg(long)]
    pub dry_run: bool,
    /// End with 10 where a dry run finds something to clear
    #[arg(long, requires = "dry_run")]
    pub detailed_exitcode: bool,
    /// Rewrite relays without a username too: their password can't be seen
    #[arg(long)]
    pub every_relay: bool,
    /// Leave out records that Salesforce rejects, and clear the others
    #[arg(long)]
    pub partial: bool,
    /// Don't ask: in a terminal, a scrub shows what it would clear and asks once
    #[arg(short, long)]
    pub yes: bool,
    /// Start no further org once one has failed
    #[arg(long)]
    pub fail_fast: bool,
    /// At what pace, and by which API version.
    #[command(flatten)]
    pub pace: PaceArguments,
}

/// What comes out.
#[derive(Args, Clone)]
#[command(next_help_heading = "Output")]
pub struct OutputArguments {
    /// Print the report as JSON (`relay-scrub schema` describes it)
    #[arg(long)]
    pub json: bool,
    /// Write the JSON report to a file as well
    #[arg(long, value_name = "FILE")]
    pub report: Option<PathBuf>,
    /// Write the report for tools that read JUnit: a suite for each org, a case for each relay
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Write what is exposed for tools that read SARIF 2.1.0
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,
    /// Show the relays' usernames in full
    #[arg(long)]
    pub show_usernames: bool,
}

/// The definition of the command line, for help and its tests.
pub fn command() -> clap::Command {
    Arguments::command()
}

/// What the flags ask of the configuration.
pub fn asked(global: &GlobalArguments, scrub: &ScrubArguments) -> Asked {
    let ScrubArguments { org, login, guard, run, output: _ } = scrub;
    run.pace.asked(asked_of_org(global, org, login, guard))
}

/// As [`asked`], for a verb that logs in to orgs and runs nothing there.
pub fn asked_of_org(
    global: &GlobalArguments,
    org: &OrgArguments,
    login: &LoginArguments,
    guard: &GuardArguments,
) -> Asked {
    let (org, login, guard) = (org.clone(), login.clone(), guard.clone());
    Asked {
        orgs: org.orgs,
        all: org.all,
        template: org.template,
        config: global.config.clone(),
        instance_url: org.instance_url,
        auth: login.auth,
        client_id: login.client_id,
        client_secret_file: login.client_secret_file,
        username: login.username,
        jwt_key_file: login.jwt_key_file,
        jwt_audience: login.jwt_audience,
        login_url: login.login_url,
        refresh_token_file: login.refresh_token_file,
        access_token_file: login.access_token_file,
        sfdx_auth_url_file: login.sfdx_auth_url_file,
        target_org: login.target_org,
        api_version: None,
        allow_host: guard.allow_host,
        expect_org_id: guard.expect_org_id,
        expect_sandbox: guard.expect_sandbox,
        concurrency: None,
        timeout: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(arguments: &[&str]) -> clap::error::ErrorKind {
        let parsed = Arguments::try_parse_from([&["relay-scrub"], arguments].concat());
        parsed.err().expect("a usage error").kind()
    }

    #[test]
    fn the_definition_holds_together() {
        command().debug_assert();
    }

    #[test]
    fn flags_that_mean_nothing_alone_are_usage_errors() {
        use clap::error::ErrorKind;
        assert_eq!(refused(&["scrub", "--detailed-exitcode"]), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused(&["scrub", "--template"]), ErrorKind::MissingRequiredArgument);
        assert_eq!(refused(&["scrub", "-v", "-q"]), ErrorKind::ArgumentConflict);
        assert_eq!(refused(&["scrub", "--client-secret", "x"]), ErrorKind::UnknownArgument);
    }

    #[test]
    fn every_flag_that_configures_reaches_the_configuration() {
        let line = "relay-scrub --config c scrub a b --all --template --instance-url u --auth m --client-id i \
                    --client-secret-file s --username n --jwt-key-file k --jwt-audience j --login-url l \
                    --refresh-token-file r --access-token-file t --sfdx-auth-url-file f -o w --api-version v \
                    --allow-host h --allow-host g --expect-org-id o --expect-sandbox x --concurrency y --timeout z";
        let arguments = Arguments::try_parse_from(line.split_whitespace()).unwrap_or_else(|error| panic!("{error}"));
        let Command::Scrub(scrub) = arguments.command else { panic!("another command") };
        let asked = asked(&arguments.global, &scrub);
        let text = Some;
        assert_eq!(asked.orgs, ["a", "b"]);
        assert!(asked.all && asked.template);
        assert_eq!(asked.allow_host, ["h", "g"]);
        let texts = [&asked.instance_url, &asked.auth, &asked.client_id, &asked.username, &asked.jwt_audience];
        assert_eq!(texts.map(|value| value.as_deref()), ["u", "m", "i", "n", "j"].map(text));
        let texts = [&asked.login_url, &asked.api_version, &asked.expect_org_id, &asked.expect_sandbox];
        assert_eq!(texts.map(|value| value.as_deref()), ["l", "v", "o", "x"].map(text));
        assert_eq!([&asked.concurrency, &asked.timeout].map(|value| value.as_deref()), ["y", "z"].map(text));
        let paths = [&asked.config, &asked.client_secret_file, &asked.jwt_key_file, &asked.refresh_token_file];
        assert_eq!(paths.map(|path| path.as_deref()), ["c", "s", "k", "r"].map(|path| Some(path.as_ref())));
        assert_eq!(asked.access_token_file.as_deref(), Some("t".as_ref()));
        assert_eq!(asked.sfdx_auth_url_file.as_deref(), Some("f".as_ref()));
        assert_eq!(asked.target_org.as_deref(), Some("w"));
    }
}
