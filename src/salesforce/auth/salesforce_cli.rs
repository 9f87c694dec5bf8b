//! A login of the Salesforce CLI: `sf` is run, and tells address, user and token.
//!
//! Two calls: `sf org display`, and, where that shows no token (it does not since 2.136.8), `sf org auth
//! show-access-token`. In between lock 1 looks at the address, so the token of a production org is not even read.
//! No shell is between us and `sf`, none of our secrets is in its arguments or its environment, and the session stays
//! the CLI's own: it is neither stored nor revoked here.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::Value as Json;
use tokio::process::Command;
use url::Url;

use super::Session;
use super::token::org_of_token;
use crate::domain::cli_trouble::CliTrouble;
use crate::domain::id::OrgId;
use crate::domain::printable::{excerpt, printable};
use crate::domain::refusal::Refusal;
use crate::salesforce::address;
use crate::salesforce::destination::Addresses;
use crate::salesforce::error::Error;
use crate::secrets::Secret;

/// What keeps the CLI to the answer asked for: no colours, no news of itself, no update in the middle of a run.
const QUIET: [(&str, &str); 4] = [
    ("FORCE_COLOR", "0"),
    ("SF_AUTOUPDATE_DISABLE", "true"),
    ("SF_SKIP_NEW_VERSION_CHECK", "true"),
    ("SF_HIDE_RELEASE_NOTES", "true"),
];

/// The Salesforce CLI, and the org that it is to be asked about.
pub(in crate::salesforce) struct SalesforceCli<'a> {
    pub(in crate::salesforce) program: &'a Path,
    pub(in crate::salesforce) alias: &'a str,
    /// For one call.
    pub(in crate::salesforce) limit: Duration,
}

/// What `sf org display` shows of a login.
pub(in crate::salesforce) struct Shown {
    /// The org's address, as the CLI has it: lock 1 has not seen it yet.
    pub(in crate::salesforce) instance_url: Url,
    org: Option<OrgId>,
    /// Nothing for a scratch org.
    connected: Option<String>,
    access_token: Option<Secret>,
}

impl SalesforceCli<'_> {
    /// Asks for all but the token, which older versions tell here too.
    pub(in crate::salesforce) async fn display(&self) -> Result<Shown, Error> {
        let result = self.call(&["org", "display"]).await?;
        let text = |name: &str| result.get(name).and_then(Json::as_str).filter(|text| !text.is_empty());
        let address = text("instanceUrl").and_then(|url| Url::parse(url).ok());
        let unreadable = || self.trouble(CliTrouble::Unreadable, "showed no address of the org", "");
        tracing::debug!(alias = self.alias, username = text("username").map(|name| excerpt(name, 100)), "sf knows it");
        Ok(Shown {
            instance_url: address.ok_or_else(unreadable)?,
            org: text("id").and_then(|id| id.parse().ok()),
            connected: text("connectedStatus").map(str::to_string),
            access_token: text("accessToken").filter(|token| is_token(token)).map(|token| Secret::new(token.into())),
        })
    }

    /// Makes a session of a login, if it is for the org at the addresses and works; asks for its token where that was
    /// not shown.
    pub(in crate::salesforce) async fn session(&self, shown: Shown, addresses: &Addresses) -> Result<Session, Error> {
        if !addresses.org.is_origin_of(shown.instance_url.as_str()) {
            let answered = address::shown(shown.instance_url.as_str());
            return Err(Refusal::ForeignInstance { asked: addresses.org.as_str().into(), answered }.into());
        }
        if let Some(status) = shown.connected.as_deref().filter(|status| *status != "Connected") {
            return Err(self.not_connected(status, addresses.org.as_str()));
        }
        let access_token = match shown.access_token {
            Some(token) => token,
            None => self.access_token().await?,
        };
        let by_token = org_of_token(access_token.expose());
        match (&shown.org, &by_token) {
            (Some(shown), Some(token)) if shown != token => {
                Err(Refusal::OtherOrg { token: token.clone(), answered: shown.clone() }.into())
            }
            _ => Ok(Session { access_token, org: shown.org.or(by_token) }),
        }
    }

    async fn access_token(&self) -> Result<Secret, Error> {
        let result = self.call(&["org", "auth", "show-access-token"]).await?;
        let token = result.get("accessToken").and_then(Json::as_str).filter(|token| is_token(token));
        let unreadable = || self.trouble(CliTrouble::Unreadable, "showed no access token", "");
        token.map(|token| Secret::new(token.to_string())).ok_or_else(unreadable)
    }

    /// Runs a command of the CLI and returns the `result` of its JSON.
    async fn call(&self, words: &[&str]) -> Result<Json, Error> {
        let output = self.run(words).await?;
        let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        // Some versions print errors as JSON to stderr.
        let Some(mut answer) = answer(&stdout).or_else(|| answer(&stderr)) else {
            return Err(self.no_answer(words, output.status.code(), &format!("{stderr} {stdout}")));
        };
        match answer.get_mut("result").map(Json::take) {
            Some(result) if answer.get("status") == Some(&Json::from(0)) => Ok(result),
            _ => Err(self.failed(&answer)),
        }
    }

    async fn run(&self, words: &[&str]) -> Result<Output, Error> {
        let mut command = Command::new(self.program);
        // One argument, so that no alias can be taken for an option.
        command.args(words).arg(format!("--target-org={}", self.alias)).arg("--json");
        for (name, _) in std::env::vars_os() {
            if is_secret(&name) {
                command.env_remove(name);
            }
        }
        command.envs(QUIET).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        tracing::debug!(program = %self.program.display(), command = words.join(" "), "running the Salesforce CLI");
        let not_started = |error: std::io::Error| {
            let what = format!("{} could not be run: {error}", self.program.display());
            Error::SalesforceCli { trouble: CliTrouble::NotStarted, what }
        };
        let child = command.spawn().map_err(not_started)?;
        // Dropped at the end of its time, it is killed.
        match tokio::time::timeout(self.limit, child.wait_with_output()).await {
            Ok(output) => output.map_err(not_started),
            Err(_) => {
                let what = format!("did not answer `sf {}` within {} s", words.join(" "), self.limit.as_secs_f32());
                Err(self.trouble(CliTrouble::TimedOut, &what, ""))
            }
        }
    }

    fn no_answer(&self, words: &[&str], code: Option<i32>, said: &str) -> Error {
        if code == Some(127) || said.contains("not a sf command") || said.contains("not a sfdx command") {
            let what = format!("does not know the command `sf {}`", words.join(" "));
            return self.trouble(CliTrouble::TooOld, &what, "");
        }
        let ended = code.map_or_else(|| "was killed".to_string(), |code| format!("ended with {code}"));
        self.trouble(CliTrouble::Unreadable, &format!("{ended} and gave no JSON"), said)
    }

    /// An error that the CLI told as JSON.
    fn failed(&self, answer: &Json) -> Error {
        let text = |name: &str| answer.get(name).and_then(Json::as_str).unwrap_or_default();
        let (name, message) = (text("name"), text("message"));
        let unknown = ["NamedOrgNotFound", "NoAuthInfoFound", "NoOrgFound", "AuthInfoNotFound"];
        if unknown.iter().any(|start| name.starts_with(start)) {
            let log_in = self.log_in("https://YOUR-DOMAIN--SANDBOX.sandbox.my.salesforce.com");
            return self.trouble(CliTrouble::UnknownAlias { log_in }, "knows no org of this name", "");
        }
        let said = format!("{name}: {message}");
        let kind = if is_unreachable(&said) { CliTrouble::Unreachable } else { CliTrouble::Failed };
        self.trouble(kind, "failed", &said)
    }

    fn not_connected(&self, status: &str, address: &str) -> Error {
        if is_unreachable(status) {
            return self.trouble(CliTrouble::Unreachable, "could not reach the org", status);
        }
        let log_in = self.log_in(address);
        self.trouble(CliTrouble::Expired { log_in }, "has a login that the org does not take any more", status)
    }

    fn log_in(&self, address: &str) -> String {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let alias = if self.alias.chars().all(plain) { self.alias } else { "ALIAS" };
        format!("sf org login web --instance-url {address} --alias {alias}")
    }

    /// An error about the CLI, with its own words behind it.
    fn trouble(&self, trouble: CliTrouble, what: &str, said: &str) -> Error {
        let said = excerpt(&without_secrets(&printable(said)), 200);
        let said = if said.is_empty() { said } else { format!(" ({said})") };
        Error::SalesforceCli { trouble, what: format!("the Salesforce CLI, asked for {}, {what}{said}", self.alias) }
    }
}

/// The CLI's answer: the first JSON object with a status. Warnings and news of updates may stand around it.
fn answer(text: &str) -> Option<Json> {
    let objects = text.match_indices('{').filter_map(|(start, _)| {
        serde_json::Deserializer::from_str(&text[start..]).into_iter::<Json>().next().and_then(Result::ok)
    });
    objects.into_iter().find(|object| object.get("status").is_some_and(Json::is_number))
}

/// A token as it can be sent. Newer versions put a sentence in its place, which begins with `[REDACTED]`.
fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()) && !text.starts_with('[')
}

/// Whether a variable may hold a secret: all of ours, and those of the CLI's own that it does not need to read a login.
fn is_secret(variable: &OsStr) -> bool {
    let name = variable.to_string_lossy().to_ascii_uppercase();
    let secret = ["TOKEN", "SECRET", "PASSWORD", "AUTH_URL"];
    name.starts_with("RELAY_SCRUB_")
        || ["SF_", "SFDX_"].iter().any(|prefix| name.starts_with(prefix))
            && secret.iter().any(|part| name.contains(part))
}

/// Errors of the network, as Node and the CLI name them.
fn is_unreachable(said: &str) -> bool {
    let names = ["DomainNotFound", "ENOTFOUND", "ECONN", "ETIMEDOUT", "EAI_AGAIN", "Maintenance", "fetch failed"];
    names.iter().any(|name| said.contains(name))
}

/// The text with whatever looks like a token, a key or an SFDX URL replaced.
fn without_secrets(text: &str) -> String {
    let part_of_token = |c: char| c.is_ascii_alphanumeric() || "!._-+=:@/".contains(c);
    let mut clean = String::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !part_of_token(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        clean.push_str(if looks_secret(word) { "[secret]" } else { word });
        let end = after.find(part_of_token).unwrap_or(after.len());
        clean.push_str(&after[..end]);
        rest = &after[end..];
    }
    clean
}

fn looks_secret(word: &str) -> bool {
    let known =
        word.contains("00D") && word.contains('!') || ["force://", "5Aep", "eyJ"].iter().any(|s| word.contains(s));
    // A long piece in which small and capital letters and digits mix is no word, no host and no path.
    let mixed = |piece: &str| {
        let has = |is: fn(&u8) -> bool| piece.as_bytes().iter().any(is);
        piece.len() >= 24 && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit)
    };
    known || word.split(['/', ':']).any(mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_found_among_warnings_and_news() {
        let news = "(node:1) {warning}\n {\"a\":1}\n{\"status\":0,\"result\":{\"x\":{}}}\nupdate available {y}";
        assert_eq!(answer(news), Some(serde_json::json!({"status": 0, "result": {"x": {}}})));
        for text in ["", "{", "no JSON {at all}", "{\"status\":\"text\"}"] {
            assert_eq!(answer(text), None, "{text}");
        }
    }

    #[test]
    fn the_environment_of_the_cli_loses_secrets_and_keeps_what_it_needs() {
        for name in
            ["RELAY_SCRUB_CLIENT_SECRET", "RELAY_SCRUB_X", "SF_ACCESS_TOKEN", "SFDX_ACCESS_TOKEN", "SFDX_AUTH_URL"]
        {
            assert!(is_secret(OsStr::new(name)), "{name}");
        }
        for name in ["PATH", "HOME", "HTTPS_PROXY", "SF_USE_GENERIC_UNIX_KEYCHAIN", "SF_DOMAIN_RETRY", "GITHUB_SHA"] {
            assert!(!is_secret(OsStr::new(name)), "{name}");
        }
    }

    #[test]
    fn words_of_the_cli_lose_what_looks_like_a_secret() {
        let planted = [
            "00D5e000000abcD!AR8AQplanted",
            "5Aep861planted",
            "force://id:planted:5Aep@host",
            "token=eyJhbGciOiJSUzI1NiJ9.planted",
            "aB3aB3aB3aB3aB3aB3aB3aB3planted",
        ];
        for secret in planted {
            let text = without_secrets(&format!("Error at \"{secret}\", é ({secret})"));
            assert!(!text.contains("planted"), "{text}");
            assert!(text.starts_with("Error at \"") && text.contains('é'), "{text}");
        }
        let plain =
            "NamedOrgNotFoundError at https://acme--uat.sandbox.my.salesforce.com /usr/lib/node_modules/x.js:42";
        assert_eq!(without_secrets(plain), plain);
    }
}
