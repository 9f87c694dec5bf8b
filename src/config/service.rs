//! The settings of the webhook service: flag, then environment, then `[service]`, then what holds by default.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::asked::Asked;
use super::database::Database;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::layers::Origin;
use super::places::Places;
use super::resolve::read_file;
use super::secret_file::SecretFiles;
use super::service_asked::ServiceAsked;
use super::service_layers::ServiceLayers;
use super::setting::Setting;
use super::source::{Source, Sourced};
use super::value;
use crate::secrets::{Secret, WebhookSecret};

/// An admin token that is shorter could be guessed.
const SHORTEST_TOKEN: usize = 16;

/// The settings of the service, checked, with the secrets loaded.
#[derive(Clone, Debug)]
pub struct Service {
    /// Where the sandboxes call.
    pub listen: SocketAddr,
    /// Where people and monitoring look; off loopback only with a token.
    pub admin_listen: SocketAddr,
    /// What the private listener asks for.
    pub admin_token: Option<Secret>,
    /// The names by which the private listener may be called, beside those of loopback and its address; in lower case.
    pub admin_hosts: Vec<String>,
    /// Where the queue lives.
    pub database: Database,
    /// The secrets that deliveries are signed with, at least one.
    pub webhook_secrets: Vec<WebhookSecret>,
    /// Where they lie, when in a file: it is read again while the service runs.
    pub webhook_secret_file: Option<Sourced<PathBuf>>,
    /// What the listeners prove themselves with; plain HTTP where it is missing.
    pub tls: Option<TlsFiles>,
    /// The proxies whose word for the caller's address is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// How many orgs are scrubbed at a time: 1 to 256.
    pub workers: usize,
    /// Whether relays that show no credential are rewritten too, for they may hold a password that no query shows.
    pub every_relay: bool,
    /// How old a job grows before it is given up.
    pub give_up_after: Duration,
    /// How long a job is kept once it is final.
    pub keep_jobs: Duration,
    /// How long running jobs may go on when the service is asked to stop.
    pub grace: Duration,
    /// Who is told of jobs that need somebody.
    pub notify: Option<Notify>,
    /// The pause after a job's first attempt.
    pub retry_first: Duration,
    /// The longest pause between two attempts.
    pub retry_longest: Duration,
    /// The least time between the begins of two attempts at one org.
    pub rest: Duration,
    /// How long a worker's claim holds without a sign of life.
    pub lease: Duration,
    /// How often the queue is looked at for what is due.
    pub poll: Duration,
    /// How often certificate, key and secret files are looked at for changes.
    pub reload: Duration,
    /// How long a caller may take to send a request, and each of its parts.
    pub request_timeout: Duration,
    /// How many deliveries are taken from one address in a minute.
    pub requests_per_address: NonZeroU32,
    /// How many signed deliveries are taken for one sandbox in a minute.
    pub requests_per_sandbox: NonZeroU32,
    /// How many connections each listener has at a time.
    pub connections: usize,
    /// How many of them one address has, unless it is a trusted proxy's.
    pub connections_per_address: usize,
    /// What the user should be told at the start.
    pub warnings: Vec<String>,
}

/// A certificate chain and its private key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The chain, the server's own certificate first.
    pub certificate: Sourced<PathBuf>,
    /// The key of that certificate.
    pub key: Sourced<PathBuf>,
}

/// Who is told of jobs that need somebody.
#[derive(Clone, Debug)]
pub enum Notify {
    /// A program and its arguments; it reads the notice from stdin.
    Command(Vec<String>),
    /// An address that the notice is posted to, signed.
    Url(Url, WebhookSecret),
}

/// Brings flags, environment and file together for the service, and loads its secrets. What the file says of orgs is
/// checked too.
///
/// # Errors
/// Everything that is wrong, at once. Nothing listens yet.
pub fn resolve_service(
    asked: &ServiceAsked,
    environment: &Environment,
    places: &Places,
) -> Result<Service, ConfigErrors> {
    let mut problems = ConfigErrors::default();
    for variable in environment.not_unicode() {
        problems.add(Source::Environment(variable.to_string()), "is not UTF-8 text");
    }
    let of_file = Asked { config: asked.config.clone(), ..Asked::default() };
    let Ok(file) = read_file(&of_file, environment, places, &mut problems) else { return Err(problems) };
    match &file {
        Some(file) if file.orgs.is_empty() && file.sandboxes.is_none() => problems.add(
            None,
            format!(
                "{} names no org: it wants [orgs.NAME] or [sandboxes], where jobs find theirs",
                file.shown.display()
            ),
        ),
        Some(_) => {}
        None => problems.add(
            None,
            format!("there is no configuration file, in which jobs find their orgs (looked for {})", places.searched()),
        ),
    }
    let files = SecretFiles::default();
    let mut layers = ServiceLayers { asked, environment, places, file: file.as_ref(), files, problems };
    let service = read(&mut layers);
    let ServiceLayers { files, problems, .. } = layers;
    match service {
        Some(mut service) if problems.is_empty() => {
            service.warnings.extend(files.into_warnings());
            Ok(service)
        }
        _ => Err(problems),
    }
}

/// The secrets of a file that is read again while the service runs.
///
/// # Errors
/// What is wrong with the file, or with them.
pub fn read_webhook_secrets(file: &Sourced<PathBuf>) -> Result<Vec<WebhookSecret>, String> {
    SecretFiles::default().read(file).and_then(|text| WebhookSecret::parse_all(&text))
}

/// The settings. Where one is wrong, that was noted, and nothing or something of no use comes back.
fn read(layers: &mut ServiceLayers<'_>) -> Option<Service> {
    let mut warnings = Vec::new();
    let trusted_proxies: Vec<IpNet> = bare(layers.values(Setting::TrustProxy, value::network));
    let tls = tls(layers);
    let admin_token = layers.secret(Setting::AdminTokenFile, token);
    let listen = layers.value(Setting::Listen, value::socket);
    let admin_listen = layers.value(Setting::AdminListen, value::socket);
    if let (Some((listen, _)), Some(admin)) = (&listen, &admin_listen) {
        let is_safe = Safe { tls: tls.is_some(), proxy: !trusted_proxies.is_empty(), token: admin_token.is_some() };
        check_listeners(layers, *listen, admin, is_safe, &mut warnings);
    }
    let webhook_secrets = layers.secret(Setting::WebhookSecretFile, WebhookSecret::parse_all);
    let webhook_origin = layers.origin(Setting::WebhookSecretFile);
    if webhook_origin.is_none() {
        let text = "there is no secret that tells true deliveries from false ones (--webhook-secret-file, \
                    RELAY_SCRUB_WEBHOOK_SECRET or webhook_secret_file in [service])";
        layers.problems.add(None, text);
    }
    let [retry_first, retry_longest] = retries(layers);
    let database = layers.database();
    warnings.extend(database.iter().flat_map(|(_, warnings)| warnings.clone()));
    let notify = notify(layers);
    // What may be missing stands last, so that all else is looked at.
    let service = Service {
        admin_token,
        admin_hosts: bare(layers.values(Setting::AdminHost, value::host)),
        webhook_secrets: webhook_secrets.unwrap_or_default(),
        webhook_secret_file: match webhook_origin {
            Some(Origin::File(file)) => Some(file),
            _ => None,
        },
        tls,
        trusted_proxies,
        workers: layers.number(Setting::Workers).get() as usize,
        every_relay: layers.value(Setting::EveryRelay, value::truth).is_some_and(|(is_so, _)| is_so),
        give_up_after: layers.span(Setting::GiveUpAfter),
        keep_jobs: layers.span(Setting::KeepJobs),
        grace: layers.span(Setting::Grace),
        notify,
        retry_first,
        retry_longest,
        rest: layers.span(Setting::Rest),
        lease: layers.span(Setting::Lease),
        poll: layers.span(Setting::Poll),
        reload: layers.span(Setting::Reload),
        request_timeout: layers.span(Setting::RequestTimeout),
        requests_per_address: layers.number(Setting::RequestsPerAddress),
        requests_per_sandbox: layers.number(Setting::RequestsPerSandbox),
        connections: layers.number(Setting::Connections).get() as usize,
        connections_per_address: layers.number(Setting::ConnectionsPerAddress).get() as usize,
        warnings,
        database: database.map(|(database, _)| database)?,
        listen: listen.map(|(listen, _)| listen)?,
        admin_listen: admin_listen.map(|(listen, _)| listen)?,
    };
    Some(service)
}

/// What makes it safe to listen where others can call.
struct Safe {
    tls: bool,
    proxy: bool,
    token: bool,
}

/// Notes and warns of what is unsafe about the addresses.
fn check_listeners(
    layers: &mut ServiceLayers<'_>,
    listen: SocketAddr,
    (admin, source): &(SocketAddr, Option<Source>),
    safe: Safe,
    warnings: &mut Vec<String>,
) {
    if listen == *admin && listen.port() != 0 {
        layers
            .problems
            .add(source.clone(), format!("is where the sandboxes call already ({listen}): give another port"));
    }
    if !listen.ip().is_loopback() && !safe.tls && !safe.proxy {
        warnings.push(format!(
            "plain HTTP on {listen}: Salesforce calls https alone, so give --tls-cert and --tls-key, or --trust-proxy \
             with the address of the proxy in front"
        ));
    }
    if admin.ip().is_loopback() {
        return;
    }
    if !safe.token && layers.origin(Setting::AdminTokenFile).is_none() {
        layers.problems.add(
            source.clone(),
            "is not this machine alone, so the private listener wants a token (--admin-token-file, \
             RELAY_SCRUB_ADMIN_TOKEN or admin_token_file in [service])",
        );
    }
    if !safe.tls {
        warnings.push(format!(
            "plain HTTP on {admin}: whoever listens on the way learns the admin token; give --tls-cert and --tls-key, or \
             put a proxy with TLS in front"
        ));
    }
}

/// The first pause and the longest, which can't be the shorter one.
fn retries(layers: &mut ServiceLayers<'_>) -> [Duration; 2] {
    let pauses = [Setting::RetryFirst, Setting::RetryLongest];
    let pauses = pauses.map(|setting| layers.value(setting, |text| setting.span(text)));
    if let [Some((first, source)), Some((longest, other))] = &pauses
        && first > longest
    {
        let source = source.clone().or_else(|| other.clone());
        layers.problems.add(source, "retry_first is more than retry_longest");
    }
    pauses.map(|pause| pause.map(|(pause, _)| pause).unwrap_or_default())
}

fn tls(layers: &mut ServiceLayers<'_>) -> Option<TlsFiles> {
    match (layers.path(Setting::TlsCert), layers.path(Setting::TlsKey)) {
        (Some(certificate), Some(key)) => Some(TlsFiles { certificate, key }),
        (Some(alone), None) => {
            layers.note(alone.source, Setting::TlsCert, "is given without its private key (--tls-key)");
            None
        }
        (None, Some(alone)) => {
            layers.note(alone.source, Setting::TlsKey, "is given without its certificate (--tls-cert)");
            None
        }
        (None, None) => None,
    }
}

/// A token that can be sent in a header and is not easily guessed.
pub(super) fn token(secret: &Secret) -> Result<Secret, String> {
    let text = secret.expose();
    if text.len() < SHORTEST_TOKEN || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(format!(
            "must be a token of at least {SHORTEST_TOKEN} letters, digits and signs without blanks: `openssl rand -hex 32` \
             makes one"
        ));
    }
    Ok(secret.clone())
}

fn notify(layers: &mut ServiceLayers<'_>) -> Option<Notify> {
    let command = layers.texts(Setting::NotifyCommand);
    let url = layers.value(Setting::NotifyUrl, safe_address);
    match (command.as_slice(), url) {
        ([], None) => None,
        ([first, ..], Some(_)) => {
            layers.note(
                first.source.clone(),
                Setting::NotifyCommand,
                "can't be given beside notify_url: one of the two",
            );
            None
        }
        ([one], None) => Some(Notify::Command(one.value.split_whitespace().map(str::to_string).collect())),
        (several, None) => Some(Notify::Command(several.iter().map(|part| part.value.clone()).collect())),
        ([], Some((url, source))) => {
            let secret = layers.secret(Setting::NotifySecretFile, WebhookSecret::parse_all);
            if layers.origin(Setting::NotifySecretFile).is_none() {
                let text = "is given without the secret that notices are signed with (--notify-secret-file, \
                            RELAY_SCRUB_NOTIFY_SECRET or notify_secret_file in [service])";
                layers.problems.add(source, text);
            }
            Some(Notify::Url(url, secret?.into_iter().next()?))
        }
    }
}

/// An address that something goes to which nobody on the way may read: notices, which name orgs, or the admin token.
pub(super) fn safe_address(text: &str) -> Result<Url, String> {
    let url = value::web_address(text)?;
    if url.scheme() == "https" || value::is_on_this_machine(&url) {
        Ok(url)
    } else {
        Err("must be https, but on this machine".into())
    }
}

fn bare<T>(values: Vec<Sourced<T>>) -> Vec<T> {
    values.into_iter().map(|value| value.value).collect()
}
