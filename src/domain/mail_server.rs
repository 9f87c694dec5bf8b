//! A relay's mail server, as somebody sees it who connects and sends nothing.

use std::net::IpAddr;

use super::finding::Seen;

/// One of the mail servers that a relay's host stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailServer {
    /// The host of an MX record, or the relay's own.
    pub host: String,
    /// What it said; or why nothing was heard.
    pub greeting: Seen<Greeting>,
}

/// What a mail server said, up to the point where mail would begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    /// Where the connection went: host and address.
    pub server: String,
    /// Addresses of the host that were asked before and did not answer, each with the reason.
    pub silent: Vec<String>,
    /// Addresses of the host that were not asked, for this one answered.
    pub not_asked: Vec<IpAddr>,
    /// The first line.
    pub banner: String,
    /// The mechanisms of SMTP AUTH that it offers before TLS.
    pub auth_in_clear: Vec<String>,
    /// What became of TLS.
    pub tls: Tls,
}

/// What became of TLS. Each part stands for itself: what was seen before something failed stays seen, and what would have
/// come after it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// STARTTLS is not offered.
    NotOffered,
    /// STARTTLS is offered.
    Offered {
        /// The version that was settled on (`TLS 1.3`), or how it failed; or why neither could be told.
        began: Seen<Result<String, String>>,
        /// Whether the certificate is trusted here and made for the host; else what is wrong with it.
        certificate: Seen<Result<(), String>>,
        /// The mechanisms of SMTP AUTH that it offers under TLS.
        auth: Seen<Vec<String>>,
    },
}

impl Greeting {
    /// The mechanisms of SMTP AUTH that Salesforce would be offered: under TLS; those in clear where there is none.
    pub fn auth(&self) -> Seen<&[String]> {
        match &self.tls {
            Tls::NotOffered => Ok(&self.auth_in_clear),
            Tls::Offered { auth, .. } => auth.as_deref().map_err(Clone::clone),
        }
    }
}
