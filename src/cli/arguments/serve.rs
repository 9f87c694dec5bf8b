//! The flags of `serve`.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalArguments;
use crate::config::ServiceAsked;

/// What follows the long help of `serve`.
pub(super) const EXAMPLES: &str = "\
Examples:
  relay-scrub serve --webhook-secret-file hook.secret
      on this machine, for a proxy in front of it
  relay-scrub serve --webhook-secret-file hook.secret --listen 0.0.0.0:443 \\
      --tls-cert chain.pem --tls-key key.pem
      for the world, with TLS of its own
  relay-scrub serve --database postgres://scrub@db.acme.example/scrub
      one of several replicas over one queue

Exit codes:
  0    asked to end, and ended: no job was lost
  1    the database can't be reached, or its tables can't be made
  2    usage or configuration error, a port that is taken, a database that is
       not to be used, or a file of it that can't be made or opened
  130  interrupted a second time, and left at once
  143  terminated a second time, and left at once";

/// The flags of `serve`. No flag takes a secret: process lists and shell histories show them.
#[derive(Args, Clone)]
pub struct ServeArguments {
    /// Where the sandboxes call.
    #[command(flatten)]
    pub public: PublicArguments,
    /// Where people and monitoring look.
    #[command(flatten)]
    pub private: PrivateArguments,
    /// The queue.
    #[command(flatten)]
    pub jobs: JobArguments,
    /// Who is told.
    #[command(flatten)]
    pub notices: NoticeArguments,
}

/// Where the sandboxes call.
#[derive(Args, Clone)]
#[command(next_help_heading = "Webhook")]
pub struct PublicArguments {
    /// Address that the sandboxes call [env: RELAY_SCRUB_LISTEN] [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// File with the secrets that deliveries are signed with, read anew when it changes [env, the secrets themselves: RELAY_SCRUB_WEBHOOK_SECRET]
    #[arg(long, value_name = "PATH")]
    pub webhook_secret_file: Option<PathBuf>,
    /// Certificate chain in PEM, read anew when it changes; without one it is plain HTTP, for a proxy in front
    #[arg(long, value_name = "PATH")]
    pub tls_cert: Option<PathBuf>,
    /// Private key of the certificate, in PEM
    #[arg(long, value_name = "PATH")]
    pub tls_key: Option<PathBuf>,
    /// Proxy in front whose X-Forwarded-For is believed: an address, or a network such as 10.0.0.0/8 [env: RELAY_SCRUB_TRUST_PROXY]
    #[arg(long, value_name = "CIDR")]
    pub trust_proxy: Vec<String>,
}

/// Where people and monitoring look.
#[derive(Args, Clone)]
#[command(next_help_heading = "Status page, API and metrics")]
pub struct PrivateArguments {
    /// Address of the private listener; off this machine it wants a token [env: RELAY_SCRUB_ADMIN_LISTEN] [default: 127.0.0.1:9090]
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub admin_listen: Option<String>,
    /// File with the token that the private listener asks for [env, the token itself: RELAY_SCRUB_ADMIN_TOKEN]
    #[arg(long, value_name = "PATH")]
    pub admin_token_file: Option<PathBuf>,
    /// One more name that the private listener is called by [env: RELAY_SCRUB_ADMIN_HOST]
    #[arg(long, value_name = "HOST")]
    pub admin_host: Vec<String>,
}

/// The queue.
#[derive(Args, Clone)]
#[command(next_help_heading = "Jobs")]
pub struct JobArguments {
    /// sqlite:PATH, or postgres://USER@HOST/NAME without a password [env: RELAY_SCRUB_DATABASE] [default: a file in the platform's folder for data]
    #[arg(long, value_name = "DATABASE")]
    pub database: Option<String>,
    /// File with the database's address, which may have a password in it
    #[arg(long, value_name = "PATH")]
    pub database_file: Option<PathBuf>,
    /// How many orgs are scrubbed at a time, 1 to 256 [env: RELAY_SCRUB_WORKERS] [default: 8]
    #[arg(long, value_name = "N")]
    pub workers: Option<String>,
    /// Rewrite relays that show no credential too: they may hold a password that no query shows
    #[arg(long)]
    pub every_relay: bool,
    /// How old a job grows before it is given up, up to 90d [default: 72h]
    #[arg(long, value_name = "DURATION")]
    pub give_up_after: Option<String>,
    /// How long a job is kept once it has ended, up to 3650d [default: 90d]
    #[arg(long, value_name = "DURATION")]
    pub keep_jobs: Option<String>,
    /// How long running jobs may go on when the service is asked to end, up to 1h [default: 30s]
    #[arg(long, value_name = "DURATION")]
    pub grace: Option<String>,
}

/// Who is told of jobs that need somebody.
#[derive(Args, Clone)]
#[command(next_help_heading = "Notices")]
pub struct NoticeArguments {
    /// Program to run, and its arguments, when a job needs somebody; it gets the notice as JSON on stdin [env: RELAY_SCRUB_NOTIFY_COMMAND]
    #[arg(long, value_name = "COMMAND")]
    pub notify_command: Option<String>,
    /// Address to post the notice to, signed [env: RELAY_SCRUB_NOTIFY_URL]
    #[arg(long, value_name = "URL", conflicts_with = "notify_command")]
    pub notify_url: Option<String>,
    /// File with the secret that notices are signed with [env, the secret itself: RELAY_SCRUB_NOTIFY_SECRET]
    #[arg(long, value_name = "PATH")]
    pub notify_secret_file: Option<PathBuf>,
}

/// What the flags ask of the configuration.
pub(in crate::cli) fn service_asked(global: &GlobalArguments, serve: &ServeArguments) -> ServiceAsked {
    let ServeArguments { public, private, jobs, notices } = serve.clone();
    ServiceAsked {
        config: global.config.clone(),
        listen: public.listen,
        admin_listen: private.admin_listen,
        admin_token_file: private.admin_token_file,
        admin_host: private.admin_host,
        database: jobs.database,
        database_file: jobs.database_file,
        webhook_secret_file: public.webhook_secret_file,
        tls_cert: public.tls_cert,
        tls_key: public.tls_key,
        trust_proxy: public.trust_proxy,
        workers: jobs.workers,
        every_relay: jobs.every_relay.then(|| "true".into()),
        give_up_after: jobs.give_up_after,
        keep_jobs: jobs.keep_jobs,
        grace: jobs.grace,
        notify_command: notices.notify_command,
        notify_url: notices.notify_url,
        notify_secret_file: notices.notify_secret_file,
    }
}
