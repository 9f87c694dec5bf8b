//! A mail that went through the relay, read for what only it can show.

use std::io;
use std::path::Path;
use std::sync::Arc;

use mail_auth::{AuthenticatedMessage, DkimResult, Error, MessageAuthenticator};
use mail_parser::{HeaderName, MessageParser};
use tokio::time::{Instant, timeout_at};

use super::names::Names;
use super::records::{described, dmarc_of};
use super::{DNS_LATE, NO_DNS};
use crate::domain::evidence::{Lock, Message, Signature, SignatureResult};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_domain::Pattern;
use crate::domain::printable::excerpt;

/// A mail as it was read from a file, whole.
#[derive(Clone, Debug)]
pub struct MessageFile {
    name: String,
    bytes: Arc<[u8]>,
}

impl MessageFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it can't be read, or is no mail.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = std::fs::read(path)?;
        // A mail that was cut out of a mailbox file has the mailbox's line before it.
        if bytes.starts_with(b"From ") {
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
            bytes.drain(..end);
        }
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let file = Self { name, bytes: bytes.into() };
        let has_headers = MessageParser::new().parse_headers(&file.bytes[..]).is_some_and(|mail| mail.from().is_some());
        if has_headers {
            Ok(file)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "it is no mail: it has no From"))
        }
    }
}

/// Reads what a mail shows, and checks its signatures with the keys in DNS.
///
/// What DNS has not answered at a set time is not waited for.
pub(super) async fn read(file: &MessageFile, names: Option<&Names>, until: Instant) -> Message {
    let nothing = Message {
        file: file.name.clone(),
        locks: Vec::new(),
        from_domain: None,
        return_path: None,
        signatures: Err(Unseen::hindered("The mail can't be read.")),
        noted: Vec::new(),
        dmarc: Err(Unseen::hindered("The mail can't be read.")),
    };
    let Some(parsed) = MessageParser::new().parse(&file.bytes[..]) else { return nothing };
    let raw = |wanted: &str| {
        let headers = parsed.root_part().headers().iter();
        let headers = headers.filter(|header| header.name.as_str().eq_ignore_ascii_case(wanted));
        let raw = headers.filter_map(|header| file.bytes.get(header.offset_start as usize..header.offset_end as usize));
        raw.collect::<Vec<_>>()
    };
    let values = |wanted: &str| raw(wanted).into_iter().map(shown).collect::<Vec<_>>();
    // Signatures of a part of the body are checked too: what they are worth is judged by the one who reads.
    let mail = AuthenticatedMessage::from_parsed(&parsed, false);
    let froms = values(HeaderName::From.as_str()).len();
    let from_domain = match mail.from.as_slice() {
        [from] if froms == 1 => from.rsplit_once('@').map(|(_, domain)| domain.to_ascii_lowercase()),
        _ => None,
    };
    let (signatures, dmarc) = match (names, &from_domain) {
        (None, _) => (Err(Unseen::not_asked(NO_DNS)), Err(Unseen::not_asked(NO_DNS))),
        (Some(names), Some(domain)) => {
            let sender = Pattern::Domain(domain.clone());
            tokio::join!(in_time(until, signatures(&mail, names)), in_time(until, dmarc_of(names, &sender)))
        }
        (Some(names), None) => {
            (in_time(until, signatures(&mail, names)).await, Err(Unseen::hindered("It has no From with one domain.")))
        }
    };
    Message {
        locks: raw("X-SFDC-LK").into_iter().map(lock).collect(),
        from_domain,
        return_path: values(HeaderName::ReturnPath.as_str()).into_iter().next(),
        signatures,
        noted: values("Authentication-Results"),
        dmarc,
        ..nothing
    }
}

fn shown(value: &[u8]) -> String {
    excerpt(&String::from_utf8_lossy(value), 300)
}

/// A relay compares what is there, so nothing that can't be seen may be taken off.
fn lock(value: &[u8]) -> Lock {
    match std::str::from_utf8(value.trim_ascii()) {
        Ok(text) if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Lock::Plain(excerpt(text, 100)),
        _ => Lock::Odd(shown(value)),
    }
}

async fn in_time<T>(until: Instant, asking: impl Future<Output = Seen<T>>) -> Seen<T> {
    timeout_at(until, asking).await.unwrap_or_else(|_| Err(Unseen::hindered(DNS_LATE)))
}

async fn signatures(mail: &AuthenticatedMessage<'_>, names: &Names) -> Seen<Vec<Signature>> {
    let authenticator = MessageAuthenticator(names.resolver());
    let outputs = authenticator.verify_dkim(mail).await;
    Ok(outputs
        .iter()
        .map(|output| {
            let (length, expired) = output.signature().map(|one| (one.l, one.x > one.t)).unwrap_or_default();
            let result = match output.result() {
                DkimResult::Pass if length > 0 => SignatureResult::Partial,
                DkimResult::Pass => SignatureResult::Valid,
                DkimResult::Neutral(Error::SignatureExpired) if expired => {
                    SignatureResult::Unknown("it has expired since the mail was sent (x=): take a newer mail".into())
                }
                DkimResult::TempError(error) => SignatureResult::Unknown(described(error)),
                DkimResult::Neutral(error) | DkimResult::Fail(error) | DkimResult::PermError(error) => {
                    SignatureResult::Invalid(described(error))
                }
                DkimResult::None => SignatureResult::Invalid("it was not checked".into()),
            };
            let (domain, selector) = output.signature().map(|one| (one.d.as_str(), one.s.as_str())).unwrap_or_default();
            Signature { domain: excerpt(domain, 253).to_ascii_lowercase(), selector: excerpt(selector, 63), result }
        })
        .collect())
}
