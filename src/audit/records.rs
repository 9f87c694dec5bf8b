//! SPF, DMARC and DKIM: which records are looked up for which domains, and what they say.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::Error;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::{self, Policy};
use mail_auth::spf::{self, Mechanism, Qualifier};
use tokio::task::JoinSet;

use super::names::Names;
use crate::domain::evidence::{DkimRecord, Dmarc, Dns, PublicKey, Record, Spf, dkim_name};
use crate::domain::finding::Seen;
use crate::domain::mail_domain::{Pattern, with_parents};
use crate::domain::posture::DkimKey;

/// The tag that an RSA key in DER begins with, and the length of one of 512 bits.
const SEQUENCE: u8 = 0x30;
const SHORTEST_RSA_KEY: usize = 74;

/// What is looked up, and what was found.
enum Found {
    Policies(String, Seen<Record<Spf>>, Seen<Record<Dmarc>>),
    Key(String, Seen<DkimRecord>),
}

/// Looks up what the checks ask for, side by side: where no server answers, each name takes its whole time.
pub(super) async fn look_up(names: &Names, senders: &[Pattern], keys: &[DkimKey]) -> Dns {
    let domains: BTreeSet<String> = senders.iter().filter_map(Pattern::domain).map(str::to_string).collect();
    let selectors = keys
        .iter()
        .filter(|key| key.is_active)
        .flat_map(|key| key.selectors.iter().map(|selector| dkim_name(&selector.name, &key.domain)));
    let mut lookups = JoinSet::new();
    for domain in domains {
        let names = names.clone();
        lookups.spawn(async move {
            let (spf, dmarc) = tokio::join!(spf_of(&names, &domain), dmarc_of(&names, &domain));
            Found::Policies(domain, spf, dmarc)
        });
    }
    for name in selectors {
        let names = names.clone();
        lookups.spawn(async move {
            let record = dkim_of(&names, &name).await;
            Found::Key(name, record)
        });
    }
    let mut dns = Dns::default();
    for found in lookups.join_all().await {
        match found {
            Found::Policies(domain, spf, dmarc) => {
                dns.spf.insert(domain.clone(), spf);
                dns.dmarc.insert(domain, dmarc);
            }
            Found::Key(name, record) => {
                dns.dkim.insert(name, record);
            }
        }
    }
    dns
}

/// The one record of those that begin in this way, or what is there in its place.
fn only<T>(texts: Vec<String>, begins: &str, read: impl Fn(&str) -> Result<T, String>) -> Record<T> {
    let is_one = |text: &String| {
        let start = text.trim_start().get(..begins.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(begins))
    };
    let found: Vec<String> = texts.into_iter().filter(is_one).collect();
    match found.as_slice() {
        [] => Record::Absent,
        [one] => read(one).map_or_else(Record::Malformed, Record::Is),
        several => Record::Several(several.len()),
    }
}

async fn spf_of(names: &Names, domain: &str) -> Seen<Record<Spf>> {
    Ok(only(names.texts(domain).await?, "v=spf1", spf))
}

fn spf(text: &str) -> Result<Spf, String> {
    let record = spf::Spf::parse(text.trim().as_bytes()).map_err(|error| described(&error))?;
    let all = record.directives.iter().find(|directive| matches!(directive.mechanism, Mechanism::All));
    Ok(match all.map(|directive| &directive.qualifier) {
        Some(Qualifier::Pass) => Spf::Pass,
        Some(Qualifier::Fail) => Spf::Fail,
        Some(Qualifier::SoftFail) => Spf::SoftFail,
        Some(Qualifier::Neutral) => Spf::Neutral,
        None if record.redirect.is_some() => Spf::Redirect,
        None => Spf::Neutral,
    })
}

/// The record of the domain itself, else that of the nearest domain above.
pub(super) async fn dmarc_of(names: &Names, domain: &str) -> Seen<Record<Dmarc>> {
    for (place, domain) in with_parents(domain).into_iter().enumerate() {
        let texts = names.texts(&format!("_dmarc.{domain}")).await?;
        let found = only(texts, "v=DMARC1", |text| dmarc(text, place > 0));
        if found != Record::Absent {
            return Ok(found);
        }
    }
    Ok(Record::Absent)
}

/// `below`: what the record asks for domains below its own (`sp`), which is `p` where it says nothing.
fn dmarc(text: &str, below: bool) -> Result<Dmarc, String> {
    let record = dmarc::Dmarc::parse(text.trim().as_bytes()).map_err(|error| described(&error))?;
    match if below { record.sp } else { record.p } {
        Policy::None => Ok(Dmarc::Nothing),
        Policy::Quarantine => Ok(Dmarc::Quarantine),
        Policy::Reject => Ok(Dmarc::Reject),
        Policy::Unspecified => Err("it has no policy".into()),
    }
}

async fn dkim_of(names: &Names, name: &str) -> Seen<DkimRecord> {
    let (alias_of, texts) = tokio::join!(names.alias(name), names.texts(name));
    let (alias_of, texts) = (alias_of?, texts?);
    let key = match texts.as_slice() {
        [] => Record::Absent,
        [one] => dkim(one).map_or_else(Record::Malformed, Record::Is),
        several => Record::Several(several.len()),
    };
    Ok(DkimRecord { key, alias_of })
}

fn dkim(text: &str) -> Result<PublicKey, String> {
    let tag = |wanted: &str| {
        let tags = text.split(';').filter_map(|tag| tag.split_once('='));
        tags.map(|(name, value)| (name.trim(), value)).find(|(name, _)| *name == wanted).map(|(_, value)| value.trim())
    };
    let key: String = tag("p").unwrap_or_default().split_whitespace().collect();
    if tag("p").is_some() && key.is_empty() {
        return Ok(PublicKey::Revoked);
    }
    DomainKey::parse(text.trim().as_bytes()).map_err(|error| described(&error))?;
    // The library takes any bytes for a key, and fails at the first signature.
    let key = STANDARD.decode(key).map_err(|_| "its key is not base64".to_string())?;
    let is_key = match tag("k") {
        Some("ed25519") => key.len() == 32,
        _ => key.len() >= SHORTEST_RSA_KEY && key.first() == Some(&SEQUENCE),
    };
    if is_key { Ok(PublicKey::Usable) } else { Err("its key is none".into()) }
}

/// What a library's error says, as the end of a sentence.
pub(super) fn described(error: &Error) -> String {
    let text = crate::domain::printable::excerpt(&error.to_string(), 120);
    text.trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_spf_record_is_read_by_its_end() {
        let table = [
            ("v=spf1 include:_spf.salesforce.com ip4:192.0.2.1 -all", Ok(Spf::Fail)),
            ("v=spf1 mx ~all", Ok(Spf::SoftFail)),
            ("v=spf1 ?all", Ok(Spf::Neutral)),
            ("v=spf1 mx", Ok(Spf::Neutral)),
            ("v=spf1 +all", Ok(Spf::Pass)),
            ("v=spf1 all", Ok(Spf::Pass)),
            ("v=spf1 redirect=_spf.acme.com", Ok(Spf::Redirect)),
            ("v=spf1 exists:%{i}._spf.mta.salesforce.com ~all", Ok(Spf::SoftFail)),
        ];
        for (text, expected) in table {
            assert_eq!(spf(text), expected, "{text}");
        }
        assert!(spf("v=spf1 ip4:none -all").is_err());
    }

    #[test]
    fn of_several_records_none_counts_and_other_texts_are_no_records() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(only(texts(&["google-site-verification=x"]), "v=spf1", spf), Record::Absent);
        assert_eq!(only(texts(&["v=spf1 -all", "V=SPF1 ~all"]), "v=spf1", spf), Record::Several(2));
        assert_eq!(only(texts(&["x", "v=spf1 -all"]), "v=spf1", spf), Record::Is(Spf::Fail));
    }

    #[test]
    fn a_dmarc_policy_is_read_for_the_domain_and_for_those_below() {
        assert_eq!(dmarc("v=DMARC1; p=none", false), Ok(Dmarc::Nothing));
        assert_eq!(dmarc("v=DMARC1; p=reject; sp=none", false), Ok(Dmarc::Reject));
        assert_eq!(dmarc("v=DMARC1; p=reject; sp=none", true), Ok(Dmarc::Nothing));
        assert_eq!(dmarc("v=DMARC1; p=quarantine", true), Ok(Dmarc::Quarantine));
        assert!(dmarc("v=DMARC1; p=perhaps", false).is_err());
        assert!(dmarc("v=DMARC1", false).is_err());
    }

    #[test]
    fn a_key_without_a_value_is_revoked() {
        assert_eq!(dkim("v=DKIM1; k=rsa; p="), Ok(PublicKey::Revoked));
        let key = STANDARD.encode([&[SEQUENCE][..], &[7; 93]].concat());
        assert_eq!(dkim(&format!("v=DKIM1; k=rsa; p={} {}", &key[..40], &key[40..])), Ok(PublicKey::Usable));
        assert_eq!(dkim(&format!("k=ed25519; p={}", STANDARD.encode([7; 32]))), Ok(PublicKey::Usable));
        for text in ["v=DKIM1; k=rsa; p=no key", "v=DKIM1; k=rsa; p=MIIB", "v=DKIM1; k=ed25519; p=MIIB", "v=DKIM2; p=x"]
        {
            assert!(dkim(text).is_err(), "{text}");
        }
        assert!(dkim("v=DKIM1; k=rsa").is_err());
    }
}
