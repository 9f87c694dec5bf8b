//! The settings: what each is called in a flag, in the environment and in the file, and where in the file it may stand.

use super::value::Kind;

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
    ApiVersion,
    AllowHost,
    ExpectOrgId,
    ExpectSandbox,
    Concurrency,
    Timeout,
    ProductionOrgId,
}

/// The kinds of sections of the file whose keys are known here.
///
/// `[service]` is known by name alone: its keys belong to the service, which checks them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SectionKind {
    Defaults,
    Org,
    Sandboxes,
    Guard,
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
}

const SHARED: &[SectionKind] = &[SectionKind::Defaults, SectionKind::Org, SectionKind::Sandboxes];
const ORGS: &[SectionKind] = &[SectionKind::Org, SectionKind::Sandboxes];
const ONE_ORG: &[SectionKind] = &[SectionKind::Org];
const RUN: &[SectionKind] = &[SectionKind::Defaults];
const GUARD: &[SectionKind] = &[SectionKind::Guard];

macro_rules! definition {
    ($setting:ident, $key:literal, $flag:expr, $variables:expr, $identity:literal, $sections:ident, $kind:ident) => {
        Definition {
            setting: Setting::$setting,
            key: $key,
            flag: $flag,
            variables: &$variables,
            identity: $identity,
            sections: $sections,
            kind: Kind::$kind,
        }
    };
}

/// In the order of [`Setting`].
#[rustfmt::skip]
pub(super) static DEFINITIONS: [Definition; 17] = [
    definition!(InstanceUrl, "instance_url", Some("--instance-url"), ["RELAY_SCRUB_INSTANCE_URL", "SF_ORG_INSTANCE_URL"], true, ORGS, Address),
    definition!(Auth, "auth", Some("--auth"), ["RELAY_SCRUB_AUTH"], false, SHARED, Method),
    definition!(ClientId, "client_id", Some("--client-id"), ["RELAY_SCRUB_CLIENT_ID"], false, SHARED, Text),
    definition!(ClientSecretFile, "client_secret_file", Some("--client-secret-file"), ["RELAY_SCRUB_CLIENT_SECRET"], false, SHARED, Text),
    definition!(Username, "username", Some("--username"), ["RELAY_SCRUB_USERNAME"], true, ORGS, Text),
    definition!(JwtKeyFile, "jwt_key_file", Some("--jwt-key-file"), ["RELAY_SCRUB_JWT_KEY"], false, SHARED, Text),
    definition!(JwtAudience, "jwt_audience", Some("--jwt-audience"), ["RELAY_SCRUB_JWT_AUDIENCE"], false, SHARED, Address),
    definition!(LoginUrl, "login_url", Some("--login-url"), ["RELAY_SCRUB_LOGIN_URL"], false, SHARED, Address),
    definition!(RefreshTokenFile, "refresh_token_file", Some("--refresh-token-file"), ["RELAY_SCRUB_REFRESH_TOKEN"], true, ORGS, Text),
    definition!(AccessTokenFile, "access_token_file", Some("--access-token-file"), ["RELAY_SCRUB_ACCESS_TOKEN", "SF_ACCESS_TOKEN"], true, ORGS, Text),
    definition!(ApiVersion, "api_version", Some("--api-version"), ["RELAY_SCRUB_API_VERSION"], false, SHARED, ApiVersion),
    definition!(AllowHost, "allow_host", Some("--allow-host"), ["RELAY_SCRUB_ALLOW_HOST"], false, SHARED, Host),
    definition!(ExpectOrgId, "expect_org_id", Some("--expect-org-id"), [], false, ONE_ORG, OrgId),
    definition!(ExpectSandbox, "expect_sandbox", Some("--expect-sandbox"), [], false, ORGS, SandboxName),
    definition!(Concurrency, "concurrency", Some("--concurrency"), [], false, RUN, Concurrency),
    definition!(Timeout, "timeout", Some("--timeout"), [], false, RUN, Duration),
    definition!(ProductionOrgId, "production_org_id", None, [], false, GUARD, OrgId),
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
}

/// All settings, for the documentation and its tests.
pub fn settings() -> impl Iterator<Item = Described> {
    DEFINITIONS.iter().map(|known| Described {
        key: known.key,
        flag: known.flag,
        variables: known.variables,
        identity: known.identity,
    })
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
        matches!(self, Self::AllowHost | Self::ProductionOrgId)
    }

    /// Whether it is the path to a secret.
    pub(super) fn is_secret_file(self) -> bool {
        self.key().ends_with("_file")
    }

    /// Whether `{sandbox}` must stand in it in `[sandboxes]`: one address, or one token, is that of one org.
    pub(super) fn differs_by_sandbox(self) -> bool {
        matches!(self, Self::InstanceUrl | Self::RefreshTokenFile | Self::AccessTokenFile)
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
            Self::InstanceUrl => "instance URL",
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
    fn the_variable_of_an_org_is_upper_case_with_underscores() {
        assert_eq!(Setting::ClientSecretFile.variable_of("uat-1.eu"), "RELAY_SCRUB_UAT_1_EU_CLIENT_SECRET");
        assert_eq!(Setting::JwtKeyFile.variable_of("uat"), "RELAY_SCRUB_UAT_JWT_KEY");
        assert_eq!(Setting::RefreshTokenFile.variable_of("uat"), "RELAY_SCRUB_UAT_REFRESH_TOKEN");
    }
}
