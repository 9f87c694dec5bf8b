//! The ways to log in, and what each one needs.

use super::setting::Setting;

/// A way to log in.
///
/// An SFDX auth URL is one of its own, for it brings what the others need to be told: app, token and address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    ClientCredentials,
    Jwt,
    RefreshToken,
    AccessToken,
    SfdxAuthUrl,
    SalesforceCli,
}

impl Method {
    pub(super) const ALL: [Self; 6] = [
        Self::ClientCredentials,
        Self::Jwt,
        Self::RefreshToken,
        Self::AccessToken,
        Self::SfdxAuthUrl,
        Self::SalesforceCli,
    ];

    /// Its name in flags and file.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::ClientCredentials => "client-credentials",
            Self::Jwt => "jwt",
            Self::RefreshToken => "refresh-token",
            Self::AccessToken => "access-token",
            Self::SfdxAuthUrl => "sfdx-auth-url",
            Self::SalesforceCli => "sf-cli",
        }
    }

    /// What it can't do without.
    pub(super) fn needs(self) -> &'static [Setting] {
        match self {
            Self::ClientCredentials => &[Setting::ClientId, Setting::ClientSecretFile],
            Self::Jwt => &[Setting::ClientId, Setting::Username, Setting::JwtKeyFile],
            Self::RefreshToken => &[Setting::ClientId, Setting::RefreshTokenFile],
            Self::AccessToken => &[Setting::AccessTokenFile],
            Self::SfdxAuthUrl => &[Setting::SfdxAuthUrlFile],
            Self::SalesforceCli => &[Setting::TargetOrg],
        }
    }

    /// The setting that leads to its secret.
    pub(super) fn secret(self) -> Option<Setting> {
        self.needs().iter().copied().find(|setting| setting.is_secret_file())
    }

    /// What tells that it is meant, where nobody said: its own secret, and what no other has.
    pub(super) fn signs(self) -> &'static [Setting] {
        match self {
            Self::ClientCredentials => &[Setting::ClientId, Setting::ClientSecretFile],
            Self::Jwt => &[Setting::Username, Setting::JwtKeyFile],
            Self::RefreshToken => &[Setting::RefreshTokenFile],
            Self::AccessToken => &[Setting::AccessTokenFile],
            Self::SfdxAuthUrl => &[Setting::SfdxAuthUrlFile],
            Self::SalesforceCli => &[Setting::TargetOrg],
        }
    }
}
