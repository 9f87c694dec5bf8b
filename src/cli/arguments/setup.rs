//! What `setup` takes.

use std::path::PathBuf;

use clap::Args;

pub(super) const EXAMPLES: &str = "\
Examples:
  relay-scrub setup DIR --webhook-url https://relay-scrub.acme.com
      a class that clears, and calls `serve`
  relay-scrub setup DIR --no-webhook
      a class that clears, and calls nobody
  relay-scrub setup DIR --webhook-url https://relay-scrub.acme.com \\
      --contact-email admin@acme.com --certificate relay-scrub.crt
      with an app to log in with

Writes into the folder, and contacts nobody. Its README.md has the steps in
order, each with the reason and how to check it. No secret is written: the
webhook's is put into Salesforce by hand.

All files are written or none, and over nothing that is there, unless --force is
given. In a terminal it asks for what was not given, where neither --webhook-url
nor --no-webhook was.

Exit codes: 0 written, 1 failed, 2 usage error, or files are there already,
            130 interrupted.";

/// The flags of `setup`.
#[derive(Args, Clone)]
pub struct SetupArguments {
    /// Folder of the project; it is made where it is missing
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Where Salesforce reaches `relay-scrub serve`: https, a public name; /v1/sandbox-post-copy is added where there is no path
    #[arg(long, value_name = "URL")]
    pub webhook_url: Option<String>,
    /// Write the class with the clearing alone: it calls nobody
    #[arg(long, conflicts_with = "webhook_url")]
    pub no_webhook: bool,
    /// Name of the class; the test class is named after it [default: RelayScrubPostCopy]
    #[arg(long, value_name = "NAME")]
    pub class_name: Option<String>,
    /// API version of the classes, at least 60.0 [default: 68.0]
    #[arg(long, value_name = "NN.0")]
    pub api_version: Option<String>,
    /// Write over the files of a project that is there
    #[arg(long)]
    pub force: bool,
    /// How relay-scrub will log in.
    #[command(flatten)]
    pub login: SetupLoginArguments,
}

/// How relay-scrub will log in, which the steps are written for.
#[derive(Args, Clone)]
#[command(next_help_heading = "Login")]
pub struct SetupLoginArguments {
    /// jwt or client-credentials [default: jwt]
    #[arg(long, value_name = "METHOD")]
    pub auth: Option<String>,
    /// The user that relay-scrub will be in production; its copy in a sandbox has .SANDBOX behind it
    #[arg(long, value_name = "NAME")]
    pub username: Option<String>,
    /// Write an app too: whom Salesforce may write to about it. Without it the steps are for an app that you have
    #[arg(long, value_name = "EMAIL")]
    pub contact_email: Option<String>,
    /// File with the certificate of the app, in PEM; never the one with the key
    #[arg(long, value_name = "FILE", requires = "contact_email")]
    pub certificate: Option<PathBuf>,
}
