//! All that an audit has seen of one org, for the checks to judge.

use std::collections::BTreeMap;

use super::finding::{Seen, Unseen};
use super::mail_domain::Pattern;
use super::mail_server::MailServer;
use super::org::Org;
use super::posture::{DkimKey, Posture, Relay};
use super::senders::{Senders, senders};
use super::spf::Spf;

/// All that an audit has seen of one org.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The org as it described itself.
    pub org: Org,
    /// How it is set up.
    pub posture: Posture,
    /// What DNS says.
    pub dns: Seen<Dns>,
    /// The mail servers of each relay, by the relay's id, the preferred one first; or why they can't be told.
    pub servers: Seen<BTreeMap<String, Seen<Vec<MailServer>>>>,
    /// The mails that were given; none where none was.
    pub messages: Vec<Message>,
}

/// What DNS says of the domains that are sent from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dns {
    /// The SPF record of a domain.
    pub spf: BTreeMap<String, Seen<Record<Spf>>>,
    /// The DMARC record that counts for a domain, its own or that of a domain above; or for what is below a domain.
    pub dmarc: BTreeMap<Pattern, Seen<Record<Dmarc>>>,
    /// The DKIM record of a selector, by its name (`selector._domainkey.domain`).
    pub dkim: BTreeMap<String, Seen<DkimRecord>>,
}

/// A record of which there may be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record<T> {
    /// There is none.
    Absent,
    /// There is one.
    Is(T),
    /// There is one, and it is wrong in this way.
    Malformed(String),
    /// There are so many, which is as none (RFC 7208, 4.5; RFC 7489, 6.6.3).
    Several(usize),
}

/// What a DMARC record asks of receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dmarc {
    /// What to do with mail that does not pass.
    pub policy: Policy,
    /// `pct`: with how much of it, in per cent; receivers that know no `pct` take all of it.
    pub share: u8,
    /// `t=y`: the domain is testing, and asks for less than its policy.
    pub is_tested: bool,
    /// `adkim=s`: a signature counts that is of the very domain in `From`.
    pub strict_dkim: bool,
    /// `aspf=s`: a return path counts that is of the very domain in `From`.
    pub strict_spf: bool,
    /// Tags that say nothing which receivers understand: for each of them its default counts (RFC 7489, 6.6.3).
    pub ignored: Vec<String>,
}

/// What a DMARC record asks for mail that does not pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// `p=none`
    Nothing,
    /// `p=quarantine`
    Quarantine,
    /// `p=reject`
    Reject,
}

/// What stands at a DKIM selector's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkimRecord {
    /// The key.
    pub key: Record<PublicKey>,
    /// Where the name leads to, if it is an alias.
    pub alias_of: Option<String>,
}

/// A public key of DKIM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// One that Salesforce's signatures can be checked with.
    Usable,
    /// As before, and the domain says that it is only being tested (`t=y`): receivers take signed mail as unsigned.
    Testing,
    /// One that no signature of Salesforce's holds with, for this reason.
    Unfit(String),
    /// `p=` without a value.
    Revoked,
}

/// A mail that went through the relay, as it came in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The file.
    pub file: String,
    /// The values of `X-SFDC-LK`.
    pub locks: Vec<Lock>,
    /// The domain of `From`, in lower case.
    pub from_domain: Option<String>,
    /// `Return-Path`: the envelope's sender.
    pub return_path: Option<String>,
    /// Its DKIM signatures, checked against DNS; or why they could not be.
    pub signatures: Seen<Vec<Signature>>,
    /// What the receivers noted (`Authentication-Results`), the last receiver first.
    pub noted: Vec<String>,
    /// The DMARC record of the domain of `From`.
    pub dmarc: Seen<Record<Dmarc>>,
}

/// A value of `X-SFDC-LK`. It is held against an id as it stands in the mail, not as it may be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lock {
    /// Letters and digits alone.
    Plain(String),
    /// Something else too, of which so much can be shown.
    Odd(String),
}

/// A DKIM signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// `d=`, in lower case.
    pub domain: String,
    /// `s=`
    pub selector: String,
    /// What checking it gave.
    pub result: SignatureResult,
}

/// What checking a signature gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureResult {
    /// It holds.
    Valid,
    /// It holds for the beginning of the body alone (`l=`).
    Partial,
    /// It holds, and the domain says that its key is only being tested (`t=y`).
    Testing,
    /// It does not, or receivers ignore it.
    Invalid(String),
    /// It could not be told, for this reason: DNS gave no answer, say, or it has expired since.
    Unknown(String),
}

impl Evidence {
    /// The relays that take part in what is judged, or why there are none to judge.
    pub fn relays(&self) -> Result<&[Relay], &Unseen> {
        self.posture.relays.as_deref()
    }

    /// Whose mail the active filters take.
    pub fn senders(&self) -> Seen<Senders> {
        senders(&self.posture)
    }
}

/// The name of a selector's record.
pub fn dkim_name(selector: &str, domain: &str) -> String {
    format!("{selector}._domainkey.{domain}").to_ascii_lowercase()
}

impl Dns {
    /// What is to be told of a name that nobody looked up.
    pub fn not_looked_up<T>() -> Seen<T> {
        Err(Unseen::hindered("it was not looked up"))
    }

    /// The SPF record of a domain.
    pub fn spf_of(&self, domain: &str) -> Seen<Record<Spf>> {
        self.spf.get(domain).cloned().unwrap_or_else(Self::not_looked_up)
    }

    /// The DMARC record that counts for senders.
    pub fn dmarc_of(&self, senders: &Pattern) -> Seen<Record<Dmarc>> {
        self.dmarc.get(senders).cloned().unwrap_or_else(Self::not_looked_up)
    }

    /// The DKIM record of a selector.
    pub fn dkim_of(&self, selector: &str, domain: &str) -> Seen<DkimRecord> {
        self.dkim.get(&dkim_name(selector, domain)).cloned().unwrap_or_else(Self::not_looked_up)
    }

    /// True if one of a key's selectors has what signatures can be checked with.
    pub fn has_key(&self, key: &DkimKey) -> Seen<bool> {
        let mut found = Ok(false);
        for selector in &key.selectors {
            match self.dkim_of(&selector.name, &key.domain) {
                Ok(record) if record.has_key() => return Ok(true),
                Ok(_) => {}
                Err(unseen) => found = Err(unseen),
            }
        }
        found
    }
}

impl DkimRecord {
    /// True if receivers check signatures with it.
    pub fn has_key(&self) -> bool {
        self.key == Record::Is(PublicKey::Usable)
    }
}
