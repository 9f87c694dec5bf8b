//! Every way to log in, with secrets that can be told apart.

use std::sync::LazyLock;

use relay_scrub::simulator::{App, OrgSetup, Relay, SimulatedOrg, Simulator, User};

use serde_json::json;

use super::hunt::Hunt;
use crate::support::keys::RsaKey;
use crate::support::program::{CONSUMER_KEY, Program, USER};

/// In the form that Salesforce gives them: 64 digits of base 16.
pub(super) const CLIENT_SECRET: &str = "9F4C1E7A02B86D35C7E1F0A4938B2D6655D0C3A9E8172F4BB6A1907CE3D85F20";
pub(super) const SMTP_PASSWORD: &str = "Wq7-hidden-smtp-password-Zx3";
pub(super) const RELAY_USERNAME: &str = "mailer-of-production@acme.com";

static KEY: LazyLock<RsaKey> = LazyLock::new(RsaKey::generate);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Login {
    ClientCredentials,
    /// Of a connected app, which refuses the first audience.
    JwtConnected,
    JwtExternal,
    RefreshTokenFile,
    RefreshTokenVariable,
    AccessTokenFile,
    AccessTokenVariable,
    SfdxAuthUrlFile,
    #[cfg(unix)]
    SalesforceCli,
}

impl Login {
    pub(super) const ALL: &[Self] = &[
        Self::ClientCredentials,
        Self::JwtConnected,
        Self::JwtExternal,
        Self::RefreshTokenFile,
        Self::RefreshTokenVariable,
        Self::AccessTokenFile,
        Self::AccessTokenVariable,
        Self::SfdxAuthUrlFile,
        #[cfg(unix)]
        Self::SalesforceCli,
    ];

    /// The names of the files that hold a secret.
    pub(super) const FILES: [&str; 6] = ["secret", "key.pem", "refresh", "access", "sfdx", "sf"];

    /// True if it gets its session without asking the org for one.
    pub(super) fn brings_a_session(self) -> bool {
        match self {
            Self::AccessTokenFile | Self::AccessTokenVariable => true,
            #[cfg(unix)]
            Self::SalesforceCli => true,
            _ => false,
        }
    }

    /// A sandbox with an exposed relay that takes this login.
    pub(super) async fn org(self, simulator: &Simulator) -> SimulatedOrg {
        let app = match self {
            Self::JwtExternal => App::external(CONSUMER_KEY).public_key(&KEY.public),
            Self::JwtConnected => App::connected(CONSUMER_KEY).public_key(&KEY.public),
            _ => App::connected(CONSUMER_KEY).secret(CLIENT_SECRET).run_as(USER).rotating(),
        };
        let relay = Relay::exposed("smtp.acme.com", RELAY_USERNAME, SMTP_PASSWORD);
        let setup = OrgSetup::sandbox("uat").user(User::new(USER)).app(app).relay(relay);
        simulator.add_org(setup).await.expect("an org")
    }

    /// `scrub` of the org with this login.
    pub(super) fn program<'a>(self, org: &'a SimulatedOrg, arguments: impl IntoIterator<Item = &'a str>) -> Program {
        let line: Vec<&str> = ["scrub", "--instance-url", org.url()].into_iter().chain(arguments).collect();
        let client = |more: &[&'a str]| {
            Program::new(line.iter().copied().chain(["--client-id", CONSUMER_KEY]).chain(more.iter().copied()))
        };
        match self {
            Self::ClientCredentials => client(&["--client-secret-file", "secret"]).file("secret", CLIENT_SECRET),
            Self::JwtConnected => client(&["--username", USER]).env("RELAY_SCRUB_JWT_KEY", &KEY.private),
            Self::JwtExternal => {
                client(&["--username", USER, "--jwt-key-file", "key.pem"]).file("key.pem", &KEY.private)
            }
            Self::RefreshTokenFile => {
                let token = org.issue_refresh_token(CONSUMER_KEY, USER);
                let program = client(&["--refresh-token-file", "refresh", "--auth", "refresh-token"]);
                program.env("RELAY_SCRUB_CLIENT_SECRET", CLIENT_SECRET).file("refresh", &token)
            }
            Self::RefreshTokenVariable => {
                let token = org.issue_refresh_token(CONSUMER_KEY, USER);
                let program = client(&["--auth", "refresh-token", "--client-secret-file", "secret"]);
                program.env("RELAY_SCRUB_REFRESH_TOKEN", token).file("secret", CLIENT_SECRET)
            }
            Self::AccessTokenFile => Program::new(line.into_iter().chain(["--access-token-file", "access"]))
                .file("access", &org.open_session(USER)),
            Self::AccessTokenVariable => Program::new(line).env("SF_ACCESS_TOKEN", org.open_session(USER)),
            Self::SfdxAuthUrlFile => {
                let token = org.issue_refresh_token(CONSUMER_KEY, USER);
                let host = org.url().trim_start_matches("http://");
                let url = format!("force://{CONSUMER_KEY}:{CLIENT_SECRET}:{token}@{host}");
                let line = line.into_iter().filter(|word| !["--instance-url", org.url()].contains(word));
                Program::new(line.chain(["--sfdx-auth-url-file", "sfdx"])).file("sfdx", &url)
            }
            #[cfg(unix)]
            Self::SalesforceCli => {
                let result = json!({
                    "instanceUrl": org.url(),
                    "username": USER,
                    "accessToken": org.open_session(USER),
                    "connectedStatus": "Connected",
                });
                let answer = json!({"status": 0, "result": result, "warnings": []});
                let line = line.into_iter().filter(|word| !["--instance-url", org.url()].contains(word));
                let program = Program::new(line.chain(["--target-org", "uat"]));
                let program = program.executable("sf", &format!("#!/bin/sh\ncat <<'END'\n{answer}\nEND\n"));
                let path = format!("{}:/usr/bin:/bin", program.path("").display());
                program.env("PATH", path)
            }
        }
    }
}

/// Looks for everything that is planted in an org and in the logins to it.
pub(super) fn hunt(org: &SimulatedOrg) -> Hunt {
    let mut hunt = Hunt::default();
    hunt.plant("the client secret", CLIENT_SECRET);
    hunt.plant("the relay's password", SMTP_PASSWORD);
    hunt.plant("the relay's user name", RELAY_USERNAME.split('@').next().unwrap_or_default());
    hunt.plant_key(&KEY.private);
    hunt.plant_tokens(org);
    hunt
}

/// A private key in PEM, as it may be put in a wrong place.
pub(super) fn private_key() -> &'static str {
    &KEY.private
}
