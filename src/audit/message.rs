//! A mail that went through the relay, read for what only it can show.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use mail_auth::AuthenticatedMessage;
use mail_parser::{HeaderName, MessageParser};
use tokio::time::{Instant, timeout_at};

use super::names::Names;
use super::records::dmarc_of;
use super::{DNS_LATE, NO_DNS, signatures};
use crate::domain::evidence::{Dmarc, Lock, Message, Record};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_domain::Pattern;
use crate::domain::printable::excerpt;

/// In bytes: Salesforce sends no larger mail ("General Email Limits", 25 MB).
const LARGEST_MAIL: usize = 25 * 1024 * 1024;
/// In bytes, before the body.
const LARGEST_HEAD: usize = 1024 * 1024;
/// Each may be compared with each that a signature names.
const MOST_HEADERS: usize = 1000;

/// A mail as it was read from a file, whole.
#[derive(Clone, Debug)]
pub struct MessageFile {
    name: String,
    bytes: Arc<[u8]>,
    /// Where the body begins.
    body: usize,
}

impl MessageFile {
    /// Reads a file.
    ///
    /// # Errors
    /// Where it can't be read, is no mail, or is larger than mails of Salesforce's are.
    pub fn read(path: &Path) -> io::Result<Self> {
        let mut bytes = Vec::new();
        File::open(path)?.take(LARGEST_MAIL as u64 + 1).read_to_end(&mut bytes)?;
        let unfit = |why: &str| Err(io::Error::new(io::ErrorKind::InvalidData, why));
        if bytes.len() > LARGEST_MAIL {
            return unfit("it is larger than 25 MB, and Salesforce sends no such mail");
        }
        // A mail that was cut out of a mailbox file has the mailbox's line before it.
        if bytes.starts_with(b"From ") {
            let end = bytes.iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |end| end + 1);
            bytes.drain(..end);
        }
        let name =
            path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        let body = body_of(&bytes);
        if body > LARGEST_HEAD {
            return unfit("its headers are larger than 1 MB");
        }
        match MessageParser::new().parse_headers(&bytes[..body]) {
            Some(mail) if mail.headers().len() > MOST_HEADERS => unfit("it has more than 1,000 headers"),
            Some(mail) if mail.from().is_some() => Ok(Self { name, body, bytes: bytes.into() }),
            _ => unfit("it is no mail: it has no From"),
        }
    }
}

/// Where the body begins: behind the first empty line.
fn body_of(mail: &[u8]) -> usize {
    let (mut at, mut lines) = (0, mail.split_inclusive(|byte| *byte == b'\n'));
    loop {
        let Some(line) = lines.next() else { return mail.len() };
        at += line.len();
        if matches!(line, b"\n" | b"\r\n") {
            return at;
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
    let Some(mut parsed) = MessageParser::new().parse_headers(&file.bytes[..file.body]) else { return nothing };
    signatures::limit(&mut parsed);
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
    let signed = raw("DKIM-Signature");
    let body = (Arc::clone(&file.bytes), file.body);
    let (signatures, dmarc) = match names {
        None => (Err(Unseen::not_asked(NO_DNS)), Err(Unseen::not_asked(NO_DNS))),
        Some(names) => tokio::join!(
            signatures::check(mail, &signed, body, names, until),
            in_time(until, dmarc(names, from_domain.as_deref()))
        ),
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

async fn dmarc(names: &Names, from: Option<&str>) -> Seen<Record<Dmarc>> {
    match from {
        Some(domain) => dmarc_of(names, &Pattern::Domain(domain.to_string())).await,
        None => Err(Unseen::hindered("It has no From with one domain.")),
    }
}

async fn in_time<T>(until: Instant, asking: impl Future<Output = Seen<T>>) -> Seen<T> {
    timeout_at(until, asking).await.unwrap_or_else(|_| Err(Unseen::hindered(DNS_LATE)))
}
