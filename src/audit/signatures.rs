//! The DKIM signatures of a mail: a library does the cryptography, and here stands what a receiver looks at besides.

use std::borrow::Cow;
use std::sync::Arc;

use mail_auth::common::crypto::Algorithm;
use mail_auth::dkim;
use mail_auth::{AuthenticatedMessage, DkimOutput, DkimResult, Error, MessageAuthenticator};
use mail_parser::{HeaderName, Message};
use tokio::time::{Instant, timeout_at};

use super::DNS_LATE;
use super::names::Names;
use super::records::{described, key_of};
use crate::domain::evidence::{PublicKey, Record, Signature, SignatureResult, dkim_name};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_domain::is_at_or_below;
use crate::domain::printable::excerpt;

/// Of one mail; each may take a look at the whole body.
const MOST_SIGNATURES: usize = 10;
/// Of headers in one `h=`.
const MOST_NAMES: usize = 1000;
/// Without them a signature has no meaning (RFC 6376, 3.5).
const REQUIRED: [&str; 7] = ["v", "a", "b", "bh", "d", "h", "s"];

/// The tags of a signature, as the mail has them.
struct Tags(Vec<(String, String)>);

impl Tags {
    fn read(value: &[u8]) -> Self {
        let text = String::from_utf8_lossy(value);
        let tags = text.split(';').filter_map(|tag| tag.split_once('='));
        // The library takes names in any case and with whatever space inside.
        let name = |name: &str| name.split_whitespace().collect::<String>().to_ascii_lowercase();
        Self(tags.map(|(tag, value)| (name(tag), value.trim().to_string())).collect())
    }

    fn get(&self, wanted: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    }

    /// A tag that stands there twice, which makes all of them invalid (RFC 6376, 3.2).
    fn doubled(&self) -> Option<&str> {
        let mut names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0])
    }

    /// Why a signature is not looked at, the first one being 0.
    fn beyond_limits(&self, place: usize) -> Option<String> {
        let names = self.get("h").map_or(0, |names| names.split(':').count());
        if place >= MOST_SIGNATURES {
            Some(format!("only the first {MOST_SIGNATURES} signatures of a mail are"))
        } else if names > MOST_NAMES {
            Some(format!("it is about more than {MOST_NAMES} headers"))
        } else {
            None
        }
    }
}

/// Leaves the library no more signatures than it checks in reasonable time, and none of ARC. The others stay headers,
/// which signatures may be about.
pub(super) fn limit(parsed: &mut Message<'_>) {
    let Message { parts, raw_message, .. } = parsed;
    let mut place = 0;
    for header in parts.iter_mut().take(1).flat_map(|root| &mut root.headers) {
        let is_left_out = match header.name {
            HeaderName::DkimSignature => {
                let value = raw_message.get(header.offset_start as usize..header.offset_end as usize);
                place += 1;
                Tags::read(value.unwrap_or_default()).beyond_limits(place - 1).is_some()
            }
            HeaderName::ArcSeal | HeaderName::ArcMessageSignature | HeaderName::ArcAuthenticationResults => true,
            _ => false,
        };
        if is_left_out {
            header.name = HeaderName::Other(Cow::Owned(header.name.as_str().to_string()));
        }
    }
}

/// Checks the signatures of a mail whose head was read after [`limit`]; `values` are those of all of them, and `body` is
/// where the body begins in `bytes`. What is not there at a set time is not waited for.
pub(super) async fn check(
    mut mail: AuthenticatedMessage<'_>,
    values: &[&[u8]],
    (bytes, body): (Arc<[u8]>, usize),
    names: &Names,
    until: Instant,
) -> Seen<Vec<Signature>> {
    let wanted = std::mem::take(&mut mail.body_hashes);
    // A large body takes seconds, in which everything else has to go on.
    let hashing = tokio::task::spawn_blocking(move || {
        let bodies = wanted.into_iter().map(|(form, hash, length, _)| {
            (form, hash, length, hash.hash(form.canonical_body(&bytes[body..], length)).as_ref().to_vec())
        });
        bodies.collect::<Vec<_>>()
    });
    let hashing = timeout_at(until, hashing).await;
    let hashed = hashing.map_err(|_| Unseen::hindered("The mail's signatures could not be checked in time."))?;
    mail.body_hashes = hashed.map_err(|_| Unseen::hindered("The mail's body can't be read."))?;
    let checking = judge(&mail, values, names);
    timeout_at(until, checking).await.map_err(|_| Unseen::hindered(DNS_LATE))
}

async fn judge(mail: &AuthenticatedMessage<'_>, values: &[&[u8]], names: &Names) -> Vec<Signature> {
    let mut outputs = MessageAuthenticator(names.resolver()).verify_dkim(mail).await.into_iter();
    let mut signatures = Vec::new();
    for (place, value) in values.iter().enumerate() {
        let tags = Tags::read(value);
        let of = |domain: &str, selector: &str, result| Signature {
            domain: excerpt(domain, 253).to_ascii_lowercase(),
            selector: excerpt(selector, 63),
            result,
        };
        if let Some(why) = tags.beyond_limits(place) {
            let (domain, selector) = (tags.get("d").unwrap_or_default(), tags.get("s").unwrap_or_default());
            signatures.push(of(domain, selector, SignatureResult::Unknown(why)));
        } else if let Some(output) = outputs.next() {
            let (domain, selector) = output.signature().map(|one| (one.d.as_str(), one.s.as_str())).unwrap_or_default();
            signatures.push(of(domain, selector, result(&output, &tags, names).await));
        }
    }
    signatures
}

/// What a receiver makes of a signature, given what the library does.
async fn result(output: &DkimOutput<'_>, tags: &Tags, names: &Names) -> SignatureResult {
    if let Some(refused) = output.signature().and_then(|signature| refused(signature, tags)) {
        return refused;
    }
    let expired = output.signature().is_some_and(|one| one.x > one.t);
    let is_partial = tags.get("l").is_some() || output.signature().is_some_and(|one| one.l > 0);
    match (output.result(), output.signature()) {
        (DkimResult::Pass, Some(signature)) => match with_key(signature, names).await {
            Ok(PublicKey::Testing) => SignatureResult::Testing,
            Ok(_) if is_partial => SignatureResult::Partial,
            Ok(_) => SignatureResult::Valid,
            Err(result) => result,
        },
        // It may be the key's fault; or nobody could tell whether there is one.
        (DkimResult::Fail(error) | DkimResult::PermError(error), Some(signature)) => {
            match (with_key(signature, names).await, error) {
                (Err(result), _) => result,
                (Ok(_), Error::DnsRecordNotFound(_)) => {
                    SignatureResult::Unknown("DNS has a key for it, and had none a moment before".into())
                }
                (Ok(_), error) => SignatureResult::Invalid(described(error)),
            }
        }
        (DkimResult::Neutral(Error::SignatureExpired), _) if expired => {
            SignatureResult::Unknown("it has expired since the mail was sent (x=): take a newer mail".into())
        }
        // The library cuts the body before it brings it into form, and takes `l=0` for the whole.
        (DkimResult::Neutral(Error::FailedBodyHashMatch), _) if is_partial => SignatureResult::Unknown(
            "it is about the beginning of the body alone (l=), which is not cut out here".into(),
        ),
        (DkimResult::TempError(error), _) => SignatureResult::Unknown(described(error)),
        (DkimResult::Neutral(error) | DkimResult::Fail(error) | DkimResult::PermError(error), _) => {
            SignatureResult::Invalid(described(error))
        }
        (DkimResult::None | DkimResult::Pass, _) => SignatureResult::Invalid("it was not checked".into()),
    }
}

/// What is to be said of a signature that receivers ignore, whatever it is worth as cryptography (RFC 6376, 3.5 and 6.1.1).
fn refused(signature: &dkim::Signature, tags: &Tags) -> Option<SignatureResult> {
    let missing = REQUIRED.iter().find(|tag| tags.get(tag).is_none());
    let identity = signature.identity().rsplit_once('@').map(|(_, domain)| domain);
    let is_of_domain = identity.is_some_and(|domain| is_at_or_below(domain, &signature.d));
    let query = |methods: &str| methods.split(':').any(|method| method.trim().eq_ignore_ascii_case("dns/txt"));
    let why = if let Some(tag) = tags.doubled() {
        format!("{}= stands in it twice", excerpt(tag, 20))
    } else if let Some(tag) = missing {
        format!("it has no {tag}=")
    } else if !signature.h.iter().any(|name| name.trim().eq_ignore_ascii_case("from")) {
        "it does not cover From (h=), and receivers ignore such a signature".into()
    } else if tags.get("i").is_some() && !is_of_domain {
        "it is for an identity of another domain (i=), and receivers ignore such a signature".into()
    } else if tags.get("q").is_some_and(|methods| !query(methods)) {
        "its key is to be asked for in another way than by DNS (q=)".into()
    } else {
        return match signature.a {
            Algorithm::RsaSha1 => Some(SignatureResult::Invalid(
                "it is made with rsa-sha1, which receivers must not take (RFC 8301, 3.1)".into(),
            )),
            Algorithm::Ed25519Sha256 => Some(SignatureResult::Unknown(
                "it is made with Ed25519, which many receivers do not know; Salesforce signs with RSA".into(),
            )),
            Algorithm::RsaSha256 => None,
        };
    };
    Some(SignatureResult::Invalid(why))
}

/// The key of a signature, if receivers would take it; judged as `dkim-dns` does.
async fn with_key(signature: &dkim::Signature, names: &Names) -> Result<PublicKey, SignatureResult> {
    let key = key_of(names, &dkim_name(&signature.s, &signature.d)).await;
    let why = match key {
        Err(unseen) => return Err(SignatureResult::Unknown(unseen.reason.trim_end_matches('.').to_string())),
        Ok(Record::Is(key @ (PublicKey::Usable | PublicKey::Testing))) => return Ok(key),
        Ok(Record::Is(PublicKey::Unfit(why))) => format!("no signature holds with its key: {why}"),
        Ok(Record::Is(PublicKey::Revoked)) => "its key is revoked (p= is empty)".into(),
        Ok(Record::Absent) => "DNS has no key for it".into(),
        Ok(Record::Malformed(why)) => format!("its key can't be read: {why}"),
        Ok(Record::Several(number)) => format!("DNS has {number} records for its key, where one has to be"),
    };
    Err(SignatureResult::Invalid(why))
}
