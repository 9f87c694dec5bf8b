//! Why the guard refused: one variant for each way in which one of its four locks holds.

use super::id::OrgId;
use super::org::OrgKind;

/// A refusal of the guard. No flag lifts any of them; each ends with exit code 3.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Lock 1: the host is not one that may be given a credential.
    #[error("{host} is not the address of a sandbox, so no credential is sent there")]
    Address {
        /// The host as it was given.
        host: String,
        /// What it looks like, when that can be told.
        looks_like: Option<&'static str>,
    },
    /// Lock 1: plain http to another machine.
    #[error("http://{host} would send credentials unencrypted")]
    PlainHttp {
        /// The host as it was given.
        host: String,
    },
    /// Lock 1: the login answered with the address of another org.
    #[error("the login at {asked} answered for another address, {answered}")]
    ForeignInstance {
        /// The address of the configuration.
        asked: String,
        /// The `instance_url` of the token's answer.
        answered: String,
    },
    /// Lock 1: the host is not one where a sandbox's logins go.
    #[error("{host} is not an address where a sandbox's logins go, so no credential is sent there or signed for it")]
    LoginAddress {
        /// The host as it was given.
        host: String,
    },
    /// Lock 1: a sandbox's host with a port, where Salesforce has none.
    #[error("{host}:{port} is not the address of a sandbox: Salesforce serves its orgs at the standard port alone")]
    OddPort {
        /// The host.
        host: String,
        /// The port that was given with it.
        port: u16,
    },
    /// Lock 1: the address given to `--allow-host` is one that production could have, or is no host's full name.
    #[error("{host} can't be allowed: {why}")]
    AllowedHost {
        /// The host as it was given.
        host: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Lock 2: the org says that it is not a sandbox.
    #[error("this org says that it is not a sandbox ({}: {name}, {id})", kind.as_str())]
    NotASandbox {
        /// `Organization.Id`
        id: OrgId,
        /// `Organization.Name`
        name: String,
        /// What it is.
        kind: OrgKind,
    },
    /// Lock 2: the org did not say, in so many words, what it is.
    #[error("the org did not say whether it is a sandbox: {missing}")]
    NoWord {
        /// What was missing or odd in its answer.
        missing: String,
    },
    /// Lock 2: the org that answers is not the one that the token was given for.
    #[error("the token was given for org {token}, and org {answered} answered")]
    OtherOrg {
        /// The org of the token.
        token: OrgId,
        /// `Organization.Id` of the answer.
        answered: OrgId,
    },
    /// Lock 3: the proof inside a request did not hold, so Salesforce did not carry out the rest.
    #[error("the proof that travels with each request no longer holds: {seen}")]
    ProofFailed {
        /// What the request found in place of the proof.
        seen: String,
    },
    /// Lock 3: the org says that it carried out a write, and its answer doesn't prove which org that was.
    ///
    /// No Salesforce answers so. Records may have been changed.
    #[error("records were changed by a request whose proof does not hold: {seen}")]
    WrittenWithoutProof {
        /// What the answer had in place of the proof.
        seen: String,
    },
    /// Lock 4: not the org that the user expects.
    #[error("this is org {actual}, and {} was expected", one_of(expected))]
    NotTheExpectedOrg {
        /// The user's `--expect-org-id`, or the ids of which one must hold.
        expected: Vec<OrgId>,
        /// The org that was reached.
        actual: OrgId,
    },
    /// Lock 4: not the sandbox that the user expects.
    #[error("{}", unexpected_sandbox(expected, host, actual.as_deref()))]
    NotTheExpectedSandbox {
        /// The user's `--expect-sandbox`.
        expected: String,
        /// The address's host.
        host: String,
        /// The sandbox's name in that host, where it has one.
        actual: Option<String>,
    },
    /// Lock 4: the org that `[guard] production_org_id` denies.
    #[error("org {id} is denied by production_org_id in the configuration")]
    DeniedOrg {
        /// The org that was reached.
        id: OrgId,
    },
}

fn one_of(ids: &[OrgId]) -> String {
    let shown: Vec<&str> = ids.iter().map(OrgId::as_str).collect();
    match shown.as_slice() {
        [.., _, _] => format!("one of {}", shown.join(", ")),
        _ => shown.concat(),
    }
}

fn unexpected_sandbox(expected: &str, host: &str, actual: Option<&str>) -> String {
    match actual {
        Some(actual) => format!("{host} is the sandbox {actual}, and {expected} was expected"),
        None => format!("{host} names no sandbox, and {expected} was expected"),
    }
}

impl Refusal {
    /// Stable name for reports.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "address_not_a_sandbox",
            Self::LoginAddress { .. } => "address_not_a_sandbox",
            Self::OddPort { .. } => "address_with_a_port",
            Self::PlainHttp { .. } => "address_not_encrypted",
            Self::ForeignInstance { .. } => "foreign_instance_url",
            Self::AllowedHost { .. } => "host_cannot_be_allowed",
            Self::NotASandbox { .. } => "not_a_sandbox",
            Self::NoWord { .. } => "sandbox_not_stated",
            Self::OtherOrg { .. } => "token_of_another_org",
            Self::ProofFailed { .. } => "proof_failed",
            Self::WrittenWithoutProof { .. } => "written_without_proof",
            Self::NotTheExpectedOrg { .. } => "unexpected_org",
            Self::NotTheExpectedSandbox { .. } => "unexpected_sandbox",
            Self::DeniedOrg { .. } => "denied_org",
        }
    }

    /// What the user can do, in one or two sentences.
    pub fn hint(&self) -> String {
        match self {
            Self::Address { looks_like: Some(what), .. } => format!(
                "It looks like {what}. Use the sandbox's My Domain address: Setup > My Domain in the sandbox shows it \
                 (https://COMPANY--SANDBOX.sandbox.my.salesforce.com)."
            ),
            Self::Address { looks_like: None, .. } => "Use the sandbox's My Domain address \
                 (https://COMPANY--SANDBOX.sandbox.my.salesforce.com). If a proxy of yours stands before it, name that host \
                 with --allow-host."
                .into(),
            Self::LoginAddress { .. } => "Leave login_url (--login-url) and jwt_audience (--jwt-audience) out, or set them to \
                 https://test.salesforce.com or the sandbox's own address."
                .into(),
            Self::OddPort { .. } => "Leave the port out. If a proxy of yours stands there, name its host with --allow-host."
                .into(),
            Self::PlainHttp { .. } => "Use https. Plain http is accepted for this machine (loopback) only.".into(),
            Self::ForeignInstance { .. } => "Is the user, or the app, one of another org? Give the address of the org \
                 that the login belongs to. Right after a refresh the old and the new sandbox may answer in turn: try again \
                 when the new one is activated."
                .into(),
            Self::AllowedHost { .. } => "Only a proxy of your own can be allowed, never a Salesforce address that is not \
                 a sandbox's."
                .into(),
            Self::NotASandbox { .. } => "relay-scrub changes sandboxes and scratch orgs only.".into(),
            Self::NoWord { .. } => "The user must be able to read Organization.IsSandbox. Does something between you and \
                 Salesforce change its answers?"
                .into(),
            Self::OtherOrg { .. } => "Something between you and Salesforce mixes up orgs, or the sandbox was refreshed \
                 just now: try again, with a fresh login."
                .into(),
            Self::ProofFailed { .. } => "The org changed while relay-scrub was at work: a refresh was activated, perhaps. \
                 Salesforce carried out nothing of that request. Run again."
                .into(),
            Self::WrittenWithoutProof { .. } => "Look at the relays of this org in Setup > Email Relay. Something between \
                 you and Salesforce changes or mixes up its answers: find it before you run again."
                .into(),
            Self::NotTheExpectedOrg { .. } => "A refresh gives a sandbox a new id. If this is the org you mean, correct \
                 expect_org_id (--expect-org-id)."
                .into(),
            Self::NotTheExpectedSandbox { actual: Some(_), .. } => "If this is the sandbox you mean, correct expect_sandbox \
                 (--expect-sandbox)."
                .into(),
            Self::NotTheExpectedSandbox { actual: None, .. } => "The name is the part between -- and .sandbox in the \
                 address. This address has none, so use --expect-org-id to say which org you mean."
                .into(),
            Self::DeniedOrg { .. } => "This is the org that you named as production.".into(),
        }
    }
}
