//! The settings: what each is called in a flag, in the environment and in the file, and where in the file it may stand.

use std::time::Duration;

use super::value::{self, Kind};

/// A setting that can be given in more than one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Setting {
    InstanceUrl,
    Auth,
    ClientId,
    ClientSecretFile,
    Username,
    JwtKeyFile,
    JwtAudience,
    LoginUrl,
    RefreshTokenFile,
    AccessTokenFile,
    SfdxAuthUrlFile,
    TargetOrg,
    ApiVersion,
    AllowHost,
    ExpectOrgId,
    ExpectSandbox,
    Concurrency,
    Timeout,
    ProductionOrgId,
    Listen,
    AdminListen,
    AdminTokenFile,
    AdminHost,
    Database,
    WebhookSecretFile,
    TlsCert,
    TlsKey,
    TrustProxy,
    Workers,
    EveryRelay,
    GiveUpAfter,
    KeepJobs,
    Grace,
    NotifyCommand,
    NotifyUrl,
    NotifySecretFile,
    RetryFirst,
    RetryLongest,
    Rest,
    Lease,
    Poll,
    Reload,
    RequestTimeout,
    RequestsPerAddress,
    RequestsPerSandbox,
    Connections,
    ConnectionsPerAddress,
}

/// The kinds of sections of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionKind {
    Defaults,
    Org,
    Sandboxes,
    Guard,
    Service,
}

/// All that is fixed about a setting.
#[derive(Debug)]
pub(super) struct Definition {
    pub(super) setting: Setting,
    /// Its key in the file. One that ends in `_file` is a path to a secret.
    pub(super) key: &'static str,
    pub(super) flag: Option<&'static str>,
    /// The variables that hold it, the first one that is set wins. For a path to a secret: the secret itself.
    pub(super) variables: &'static [&'static str],
    /// Whether it says which org is meant, so that flags and environment must not give it beside a name.
    pub(super) identity: bool,
    /// The sections of the file it may stand in.
    pub(super) sections: &'static [SectionKind],
    pub(super) kind: Kind,
    /// What holds where it is given nowhere, as it would be given.
    pub(super) default: Option<&'static str>,
}

const SHARED: &[SectionKind] = &[SectionKind::Defaults, SectionKind::Org, SectionKind::Sandboxes];
const ORGS: &[SectionKind] = &[SectionKind::Org, SectionKind::Sandboxes];
const ONE_ORG: &[SectionKind] = &[SectionKind::Org];
const RUN: &[SectionKind] = &[SectionKind::Defaults];
const GUARD: &[SectionKind] = &[SectionKind::Guard];
const SERVICE: &[SectionKind] = &[SectionKind::Service];

const fn ms(number: u64) -> Duration {
    Duration::from_millis(number)
}

const fn hours(number: u64) -> Duration {
    Duration::from_secs(number * 60 * 60)
}

const CONCURRENCY: Kind = Kind::Number(1, 256);
const TIMEOUT: Kind = Kind::Span(ms(1000), hours(24));
/// A pause of the service. The shortest are for tests.
const PAUSE: Kind = Kind::Span(ms(1), hours(24));
const RATE: Kind = Kind::Number(1, 1_000_000);
const CONNECTIONS: Kind = Kind::Number(1, 65_535);

macro_rules! definition {
    ($setting:ident, $key:literal, $flag:expr, $variables:expr, $identity:literal, $sections:ident, $kind:expr) => {
        Definition {
            setting: Setting::$setting,
            key: $key,
            flag: $flag,
            variables: &$variables,
            identity: $identity,
            sections: $sections,
            kind: $kind,
            default: None,
        }
    };
}

macro_rules! service {
    ($setting:ident, $key:literal, $flag:expr, $variables:expr, $kind:expr, $default:expr) => {
        Definition { default: $default, ..definition!($setting, $key, $flag, $variables, false, SERVICE, $kind) }
    };
}

/// In the order of [`Setting`].
#[rustfmt::skip]
pub(super) static DEFINITIONS: [Definition; 47] = [
    definition!(InstanceUrl, "instance_url", Some("--instance-url"), ["RELAY_SCRUB_INSTANCE_URL", "SF_ORG_INSTANCE_URL"], true, ORGS, Kind::Address),
    definition!(Auth, "auth", Some("--auth"), ["RELAY_SCRUB_AUTH"], false, SHARED, Kind::Method),
    definition!(ClientId, "client_id", Some("--client-id"), ["RELAY_SCRUB_CLIENT_ID"], false, SHARED, Kind::Text),
    definition!(ClientSecretFile, "client_secret_file", Some("--client-secret-file"), ["RELAY_SCRUB_CLIENT_SECRET"], false, SHARED, Kind::Text),
    definition!(Username, "username", Some("--username"), ["RELAY_SCRUB_USERNAME"], true, ORGS, Kind::Text),
    definition!(JwtKeyFile, "jwt_key_file", Some("--jwt-key-file"), ["RELAY_SCRUB_JWT_KEY"], false, SHARED, Kind::Text),
    definition!(JwtAudience, "jwt_audience", Some("--jwt-audience"), ["RELAY_SCRUB_JWT_AUDIENCE"], false, SHARED, Kind::Address),
    definition!(LoginUrl, "login_url", Some("--login-url"), ["RELAY_SCRUB_LOGIN_URL"], false, SHARED, Kind::Address),
    definition!(RefreshTokenFile, "refresh_token_file", Some("--refresh-token-file"), ["RELAY_SCRUB_REFRESH_TOKEN"], true, ORGS, Kind::Text),
    definition!(AccessTokenFile, "access_token_file", Some("--access-token-file"), ["RELAY_SCRUB_ACCESS_TOKEN", "SF_ACCESS_TOKEN"], true, ORGS, Kind::Text),
    definition!(SfdxAuthUrlFile, "sfdx_auth_url_file", Some("--sfdx-auth-url-file"), ["RELAY_SCRUB_SFDX_AUTH_URL"], true, ORGS, Kind::Text),
    definition!(TargetOrg, "target_org", Some("--target-org"), ["SF_TARGET_ORG"], true, ORGS, Kind::Alias),
    definition!(ApiVersion, "api_version", Some("--api-version"), ["RELAY_SCRUB_API_VERSION"], false, SHARED, Kind::ApiVersion),
    definition!(AllowHost, "allow_host", Some("--allow-host"), ["RELAY_SCRUB_ALLOW_HOST"], false, SHARED, Kind::Host),
    definition!(ExpectOrgId, "expect_org_id", Some("--expect-org-id"), [], false, ONE_ORG, Kind::OrgId),
    definition!(ExpectSandbox, "expect_sandbox", Some("--expect-sandbox"), [], false, ORGS, Kind::SandboxName),
    definition!(Concurrency, "concurrency", Some("--concurrency"), [], false, RUN, CONCURRENCY),
    definition!(Timeout, "timeout", Some("--timeout"), [], false, RUN, TIMEOUT),
    definition!(ProductionOrgId, "production_org_id", None, [], false, GUARD, Kind::OrgId),
    service!(Listen, "listen", Some("--listen"), ["RELAY_SCRUB_LISTEN"], Kind::Socket, Some("127.0.0.1:8080")),
    service!(AdminListen, "admin_listen", Some("--admin-listen"), ["RELAY_SCRUB_ADMIN_LISTEN"], Kind::Socket, Some("127.0.0.1:9090")),
    service!(AdminTokenFile, "admin_token_file", Some("--admin-token-file"), ["RELAY_SCRUB_ADMIN_TOKEN"], Kind::Text, None),
    service!(AdminHost, "admin_host", Some("--admin-host"), ["RELAY_SCRUB_ADMIN_HOST"], Kind::Host, None),
    service!(Database, "database", Some("--database"), ["RELAY_SCRUB_DATABASE"], Kind::Text, None),
    service!(WebhookSecretFile, "webhook_secret_file", Some("--webhook-secret-file"), ["RELAY_SCRUB_WEBHOOK_SECRET"], Kind::Text, None),
    service!(TlsCert, "tls_cert", Some("--tls-cert"), [], Kind::Text, None),
    service!(TlsKey, "tls_key", Some("--tls-key"), [], Kind::Text, None),
    service!(TrustProxy, "trust_proxy", Some("--trust-proxy"), ["RELAY_SCRUB_TRUST_PROXY"], Kind::Network, None),
    service!(Workers, "workers", Some("--workers"), ["RELAY_SCRUB_WORKERS"], CONCURRENCY, Some("8")),
    service!(EveryRelay, "every_relay", Some("--every-relay"), [], Kind::Truth, Some("false")),
    service!(GiveUpAfter, "give_up_after", Some("--give-up-after"), [], Kind::Span(ms(1), hours(90 * 24)), Some("72h")),
    service!(KeepJobs, "keep_jobs", Some("--keep-jobs"), [], Kind::Span(ms(1), hours(3650 * 24)), Some("90d")),
    service!(Grace, "grace", Some("--grace"), [], Kind::Span(ms(0), hours(1)), Some("30s")),
    service!(NotifyCommand, "notify_command", Some("--notify-command"), ["RELAY_SCRUB_NOTIFY_COMMAND"], Kind::Text, None),
    service!(NotifyUrl, "notify_url", Some("--notify-url"), ["RELAY_SCRUB_NOTIFY_URL"], Kind::WebAddress, None),
    service!(NotifySecretFile, "notify_secret_file", Some("--notify-secret-file"), ["RELAY_SCRUB_NOTIFY_SECRET"], Kind::Text, None),
    service!(RetryFirst, "retry_first", None, [], PAUSE, Some("1m")),
    service!(RetryLongest, "retry_longest", None, [], PAUSE, Some("1h")),
    service!(Rest, "rest", None, [], PAUSE, Some("1m")),
    service!(Lease, "lease", None, [], Kind::Span(ms(50), hours(1)), Some("45s")),
    service!(Poll, "poll", None, [], Kind::Span(ms(1), ms(60_000)), Some("1s")),
    service!(Reload, "reload", None, [], PAUSE, Some("10s")),
    service!(RequestTimeout, "request_timeout", None, [], Kind::Span(ms(10), ms(300_000)), Some("10s")),
    service!(RequestsPerAddress, "requests_per_address", None, [], RATE, Some("600")),
    service!(RequestsPerSandbox, "requests_per_sandbox", None, [], RATE, Some("30")),
    service!(Connections, "connections", None, [], CONNECTIONS, Some("512")),
    service!(ConnectionsPerAddress, "connections_per_address", None, [], CONNECTIONS, Some("64")),
];

/// A setting as the documentation tells of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// Its key in the file.
    pub key: &'static str,
    /// Its flag, where it has one.
    pub flag: Option<&'static str>,
    /// The variables that hold it.
    pub variables: &'static [&'static str],
    /// Whether it says which org is meant.
    pub identity: bool,
    /// What holds where it is given nowhere.
    pub default: Option<&'static str>,
    /// The least and the most, where it has bounds.
    pub bounds: Option<(String, String)>,
}

/// All settings of orgs and runs, for the documentation and its tests.
pub fn settings() -> impl Iterator<Item = Described> {
    DEFINITIONS.iter().filter(|known| known.sections != SERVICE).map(Described::of)
}

/// All settings of the service, for the documentation and its tests.
pub fn service_settings() -> impl Iterator<Item = Described> {
    DEFINITIONS.iter().filter(|known| known.sections == SERVICE).map(Described::of)
}

impl Described {
    fn of(known: &Definition) -> Self {
        let Definition { key, flag, variables, identity, default, kind, .. } = *known;
        Self { key, flag, variables, identity, default, bounds: kind.bounds() }
    }
}

impl Setting {
    /// What is fixed about it.
    pub(super) fn definition(self) -> &'static Definition {
        &DEFINITIONS[self as usize]
    }

    /// Its key in the file.
    pub(super) fn key(self) -> &'static str {
        self.definition().key
    }

    /// Whether the file may give several values in an array.
    pub(super) fn many(self) -> bool {
        matches!(
            self,
            Self::AllowHost | Self::ProductionOrgId | Self::AdminHost | Self::TrustProxy | Self::NotifyCommand
        )
    }

    /// Whether a variable may hold several values, separated by commas or blanks.
    pub(super) fn is_list(self) -> bool {
        self.many() && self != Self::NotifyCommand
    }

    /// Whether who sets it can make credentials go elsewhere, or a program run.
    pub(super) fn is_dangerous(self) -> bool {
        matches!(self, Self::AllowHost | Self::NotifyCommand)
    }

    /// Whether it is a number, which the file may give as one.
    pub(super) fn is_number(self) -> bool {
        matches!(self.definition().kind, Kind::Number(..))
    }

    /// Whether it is true or false, which the file may give as such.
    pub(super) fn is_truth(self) -> bool {
        self.definition().kind == Kind::Truth
    }

    /// The number that this text is, within the setting's bounds.
    pub(super) fn number(self, text: &str) -> Result<u32, String> {
        match self.definition().kind {
            Kind::Number(least, most) => value::number(text, least, most),
            _ => Err("is not a number".into()),
        }
    }

    /// The duration that this text is, within the setting's bounds.
    pub(super) fn span(self, text: &str) -> Result<Duration, String> {
        match self.definition().kind {
            Kind::Span(least, most) => value::span(text, least, most),
            _ => Err("is not a duration".into()),
        }
    }

    /// Whether it is the path to a secret.
    pub(super) fn is_secret_file(self) -> bool {
        self.key().ends_with("_file")
    }

    /// Whether `{sandbox}` must stand in it in `[sandboxes]`: one address, or one token, is that of one org.
    pub(super) fn differs_by_sandbox(self) -> bool {
        matches!(
            self,
            Self::InstanceUrl
                | Self::RefreshTokenFile
                | Self::AccessTokenFile
                | Self::SfdxAuthUrlFile
                | Self::TargetOrg
        )
    }

    /// What it, or the secret that it leads to, is called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::ClientId => "client id",
            Self::ClientSecretFile => "client secret",
            Self::Username => "username",
            Self::JwtKeyFile => "private key",
            Self::RefreshTokenFile => "refresh token",
            Self::AccessTokenFile => "access token",
            Self::SfdxAuthUrlFile => "SFDX auth URL",
            Self::TargetOrg => "alias of the Salesforce CLI",
            Self::InstanceUrl => "instance URL",
            Self::WebhookSecretFile => "webhook secret",
            _ => self.key(),
        }
    }

    /// The variable that holds this secret for the org of this name: upper case, other characters `_`.
    pub(super) fn variable_of(self, org: &str) -> String {
        let org: String = org.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        let secret = self.key().trim_end_matches("_file");
        format!("RELAY_SCRUB_{org}_{secret}").to_ascii_uppercase()
    }
}

impl SectionKind {
    /// The section's header, for an org as a pattern.
    pub(super) fn header(self) -> &'static str {
        match self {
            Self::Defaults => "[defaults]",
            Self::Org => "[orgs.NAME]",
            Self::Sandboxes => "[sandboxes]",
            Self::Guard => "[guard]",
            Self::Service => "[service]",
        }
    }

    /// The settings that may stand in it.
    pub(super) fn settings(self) -> impl Iterator<Item = Setting> {
        DEFINITIONS.iter().filter(move |definition| definition.sections.contains(&self)).map(|known| known.setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_settings() {
        for definition in &DEFINITIONS {
            assert_eq!(definition.setting.key(), definition.key);
        }
    }

    #[test]
    fn every_default_is_a_value_of_its_kind() {
        for definition in &DEFINITIONS {
            assert_eq!(
                definition.default.map_or(Ok(()), |text| definition.kind.check(text)),
                Ok(()),
                "{}",
                definition.key
            );
        }
    }

    #[test]
    fn the_variable_of_an_org_is_upper_case_with_underscores() {
        assert_eq!(Setting::ClientSecretFile.variable_of("uat-1.eu"), "RELAY_SCRUB_UAT_1_EU_CLIENT_SECRET");
        assert_eq!(Setting::JwtKeyFile.variable_of("uat"), "RELAY_SCRUB_UAT_JWT_KEY");
        assert_eq!(Setting::RefreshTokenFile.variable_of("uat"), "RELAY_SCRUB_UAT_REFRESH_TOKEN");
    }
}
