//! What the settings of the service mean, and what is said of those that mean nothing.

use std::net::SocketAddr;
use std::time::Duration;

use relay_scrub::config::{
    ConfigErrors, Environment, Notify, Service, ServiceAsked, resolve_service, service_settings,
};

use super::{Desk, FLEET};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// A desk with the fleet's file, this `[service]` section, and a secret.
fn desk(section: &str) -> Desk {
    Desk::with(&format!("{FLEET}\n[service]\n{section}")).variable("RELAY_SCRUB_WEBHOOK_SECRET", SECRET)
}

fn resolve(desk: &Desk, set: impl FnOnce(&mut ServiceAsked)) -> Result<Service, ConfigErrors> {
    let mut asked = ServiceAsked::default();
    set(&mut asked);
    resolve_service(&asked, &Environment::new(desk.environment.clone()), &desk.places())
}

fn service(desk: &Desk, set: impl FnOnce(&mut ServiceAsked)) -> Service {
    resolve(desk, set).unwrap_or_else(|errors| panic!("{errors}"))
}

/// What is wrong, with the folder of the test left out.
fn errors(desk: &Desk, set: impl FnOnce(&mut ServiceAsked)) -> String {
    let errors = resolve(desk, set).expect_err("something is wrong").to_string();
    errors.replace(&*desk.folder.path().to_string_lossy(), "")
}

fn warnings(desk: &Desk, set: impl FnOnce(&mut ServiceAsked)) -> String {
    service(desk, set).warnings.join("\n").replace(&*desk.folder.path().to_string_lossy(), "")
}

fn socket(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

#[test]
fn all_has_a_default_but_the_secret() {
    let service = service(&desk(""), |_| {});
    assert_eq!((service.listen, service.admin_listen), (socket("127.0.0.1:8080"), socket("127.0.0.1:9090")));
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    assert_eq!((service.give_up_after, service.keep_jobs), (hours(72), hours(90 * 24)));
    let seconds =
        [service.grace, service.retry_first, service.retry_longest, service.rest, service.lease, service.poll];
    assert_eq!(seconds.map(|pause| pause.as_secs()), [30, 60, 3600, 60, 45, 1]);
    let numbers = [service.requests_per_address.get(), service.requests_per_sandbox.get()];
    assert_eq!((numbers, service.workers), ([600, 30], 8));
    assert_eq!((service.webhook_secrets.len(), service.warnings.len()), (1, 0));
    assert!(service.tls.is_none() && service.notify.is_none() && service.admin_token.is_none());
    assert!(service.database.to_string().ends_with("/data/relay-scrub/queue.sqlite"), "{}", service.database);

    let alone = Desk::with(FLEET);
    insta::assert_snapshot!(errors(&alone, |_| {}), @"there is no secret that tells true deliveries from false ones (--webhook-secret-file, RELAY_SCRUB_WEBHOOK_SECRET or webhook_secret_file in [service])");
}

#[test]
fn a_setting_comes_from_flag_then_environment_then_file() {
    let desk = desk("listen = '127.0.0.1:1'\nworkers = 3\ntrust_proxy = ['10.0.0.0/8', '192.0.2.1']\ngrace = '1ms'");
    let from_file = service(&desk, |_| {});
    assert_eq!((from_file.listen.port(), from_file.workers), (1, 3));
    assert_eq!((from_file.trusted_proxies.len(), from_file.grace), (2, Duration::from_millis(1)));

    let desk =
        desk.variable("RELAY_SCRUB_LISTEN", "127.0.0.1:2").variable("RELAY_SCRUB_TRUST_PROXY", "::1, 10.1.0.0/16");
    let from_variable = service(&desk, |_| {});
    assert_eq!(from_variable.listen.port(), 2);
    let proxies: Vec<String> = from_variable.trusted_proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["::1/128", "10.1.0.0/16"]);

    let from_flag = service(&desk, |asked| {
        asked.listen = Some("localhost:3".into());
        asked.trust_proxy = vec!["10.2.0.0/16".into()];
    });
    assert_eq!((from_flag.listen.port(), from_flag.trusted_proxies.len()), (3, 1));
}

#[test]
fn every_relay_is_true_or_false_and_the_flag_makes_it_true() {
    for (section, expected) in [("", false), ("every_relay = false", false), ("every_relay = true", true)] {
        assert_eq!(service(&desk(section), |_| {}).every_relay, expected, "{section}");
        assert!(service(&desk(section), |asked| asked.every_relay = Some("true".into())).every_relay);
    }
    insta::assert_snapshot!(errors(&desk("every_relay = 'true'"), |_| {}), @"relay-scrub.toml line 19: every_relay must be true or false, not text");
}

#[test]
fn a_path_in_the_file_starts_from_the_file() {
    let text = format!(
        "{FLEET}\n[service]\ndatabase = 'sqlite:jobs.db'\nwebhook_secret_file = 'hook'\ntls_cert = '~/c.pem'\ntls_key = 'k.pem'"
    );
    let folder = "platform/relay-scrub/";
    let desk = Desk::new().file(&format!("{folder}relay-scrub.toml"), &text).file(&format!("{folder}hook"), SECRET);
    let service = service(&desk, |_| {});
    assert_eq!(service.database.to_string(), format!("sqlite:{}", desk.path(folder).join("jobs.db").display()));
    assert_eq!(service.webhook_secret_file.map(|file| file.value), Some(desk.path(folder).join("hook")));
    let tls = service.tls.expect("a pair");
    assert_eq!((tls.certificate.value, tls.key.value), (desk.path("home/c.pem"), desk.path(folder).join("k.pem")));
}

#[test]
fn everything_that_is_wrong_is_told_at_once_and_where_it_stands() {
    let section = "listen = 8080\nworkers = 0\ngive_up_after = 'soon'\nretry_longest = 'x'\nlease = '1ms'\n\
                   wokers = 4\nclient_id = 'x'\nwebhook_secret = 'planted'\ntls_cert = 'c.pem'\nrequests_per_sandbox = 0.5";
    let desk = desk(section).variable("RELAY_SCRUB_TRUST_PROXY", "0.0.0.0/0");
    let errors = errors(&desk, |asked| {
        asked.admin_listen = Some("acme.example".into());
        asked.database = Some("postgres://u:planted@db.acme.example/x".into());
    });
    insta::assert_snapshot!(errors);
}

#[test]
fn the_first_pause_is_not_longer_than_the_longest() {
    insta::assert_snapshot!(errors(&desk("retry_first = '2h'"), |_| {}), @"relay-scrub.toml line 19: retry_first is more than retry_longest");
    insta::assert_snapshot!(errors(&desk("retry_longest = '1s'"), |_| {}), @"relay-scrub.toml line 19: retry_first is more than retry_longest");
    assert_eq!(service(&desk("retry_first = '2h'\nretry_longest = '2h'"), |_| {}).retry_longest.as_secs(), 7200);
}

#[test]
fn a_service_without_orgs_is_no_service() {
    let secret = |desk: Desk| desk.variable("RELAY_SCRUB_WEBHOOK_SECRET", SECRET);
    insta::assert_snapshot!(errors(&secret(Desk::new()), |_| {}), @"there is no configuration file, in which jobs find their orgs (looked for relay-scrub.toml in the working directory and /platform/relay-scrub/relay-scrub.toml)");
    insta::assert_snapshot!(errors(&secret(Desk::with("[defaults]")), |_| {}), @"relay-scrub.toml names no org: it wants [orgs.NAME] or [sandboxes], where jobs find theirs");
}

#[test]
fn the_private_listener_is_open_to_others_only_with_a_token() {
    let open = |asked: &mut ServiceAsked| asked.admin_listen = Some("0.0.0.0:9090".into());
    insta::assert_snapshot!(errors(&desk(""), open), @"--admin-listen: is not this machine alone, so the private listener wants a token (--admin-token-file, RELAY_SCRUB_ADMIN_TOKEN or admin_token_file in [service])");
    let weak = desk("").variable("RELAY_SCRUB_ADMIN_TOKEN", "planted");
    insta::assert_snapshot!(errors(&weak, open), @"RELAY_SCRUB_ADMIN_TOKEN: must be a token of at least 16 letters, digits and signs without blanks: `openssl rand -hex 32` makes one");
    let good = desk("").variable("RELAY_SCRUB_ADMIN_TOKEN", TOKEN);
    insta::assert_snapshot!(warnings(&good, open), @"plain HTTP on 0.0.0.0:9090: whoever listens on the way learns the admin token; give --tls-cert and --tls-key, or put a proxy with TLS in front");
    insta::assert_snapshot!(errors(&desk("admin_listen = '127.0.0.1:8080'"), |_| {}), @"relay-scrub.toml line 19: is where the sandboxes call already (127.0.0.1:8080): give another port");
}

#[test]
fn plain_http_off_loopback_is_for_a_proxy_in_front() {
    let open = |asked: &mut ServiceAsked| asked.listen = Some("[::]:8080".into());
    insta::assert_snapshot!(warnings(&desk(""), open), @"plain HTTP on [::]:8080: Salesforce calls https alone, so give --tls-cert and --tls-key, or --trust-proxy with the address of the proxy in front");
    assert_eq!(warnings(&desk("trust_proxy = '10.0.0.7'"), open), "");
    assert_eq!(warnings(&desk("tls_cert = 'c'\ntls_key = 'k'"), open), "");
}

#[test]
fn notices_go_one_way_and_signed() {
    // A program is run only for a file that somebody named.
    insta::assert_snapshot!(errors(&desk("notify_command = 'rm -r'"), |_| {}), @"relay-scrub.toml line 19: notify_command is not taken from a file that merely lies in the working directory, where a repository may have put it: use --notify-command, RELAY_SCRUB_NOTIFY_COMMAND, or name the file with --config");
    let named = desk("notify_command = ['/bin/tell me', 'a b']");
    let named = service(&named, |asked| asked.config = Some("relay-scrub.toml".into()));
    assert!(matches!(named.notify, Some(Notify::Command(line)) if line == ["/bin/tell me", "a b"]));
    let by_variable = desk("").variable("RELAY_SCRUB_NOTIFY_COMMAND", "/bin/tell me, now");
    assert!(
        matches!(service(&by_variable, |_| {}).notify, Some(Notify::Command(line)) if line == ["/bin/tell", "me,", "now"])
    );

    let url = "notify_url = 'https://hooks.acme.example/x'";
    insta::assert_snapshot!(errors(&desk(url), |_| {}), @"relay-scrub.toml line 19: is given without the secret that notices are signed with (--notify-secret-file, RELAY_SCRUB_NOTIFY_SECRET or notify_secret_file in [service])");
    let both = desk(url).variable("RELAY_SCRUB_NOTIFY_COMMAND", "x").variable("RELAY_SCRUB_NOTIFY_SECRET", SECRET);
    insta::assert_snapshot!(errors(&both, |_| {}), @"RELAY_SCRUB_NOTIFY_COMMAND: can't be given beside notify_url: one of the two");
    insta::assert_snapshot!(errors(&desk("notify_url = 'http://hooks.acme.example'"), |_| {}), @"relay-scrub.toml line 19: notify_url must be https, but on this machine");
    let signed = desk("notify_url = 'http://127.0.0.1:7/x'").variable("RELAY_SCRUB_NOTIFY_SECRET", SECRET);
    assert!(
        matches!(service(&signed, |_| {}).notify, Some(Notify::Url(url, _)) if url.as_str() == "http://127.0.0.1:7/x")
    );
}

#[test]
fn no_debug_text_of_the_service_shows_a_secret() {
    let token = desk("notify_url = 'https://hooks.acme.example'").variable("RELAY_SCRUB_ADMIN_TOKEN", TOKEN);
    let service = service(&token.variable("RELAY_SCRUB_NOTIFY_SECRET", SECRET), |_| {});
    let shown = format!("{service:?} {service:#?}");
    assert!(!shown.contains(&SECRET[6..]) && !shown.contains(TOKEN), "{shown}");
}

#[test]
fn every_setting_of_the_service_has_bounds_or_is_no_quantity() {
    let without: Vec<&str> =
        service_settings().filter(|setting| setting.bounds.is_none()).map(|setting| setting.key).collect();
    insta::assert_snapshot!(without.join(" "), @"listen admin_listen admin_token_file admin_host database webhook_secret_file tls_cert tls_key trust_proxy every_relay notify_command notify_url notify_secret_file");
}
