//! SPF, DMARC and DKIM: which records are looked up for which domains, and what they say.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mail_auth::Error;
use mail_auth::common::parse::TxtRecordParser;
use mail_auth::common::verify::DomainKey;
use mail_auth::dmarc::{self, Alignment};
use simple_asn1::ASN1Block;
use tokio::task::JoinSet;

use super::names::Names;
use crate::domain::evidence::{DkimRecord, Dmarc, Dns, Policy, PublicKey, Record, dkim_name};
use crate::domain::finding::Seen;
use crate::domain::mail_domain::{Pattern, with_parents};
use crate::domain::posture::DkimKey;
use crate::domain::printable::excerpt;
use crate::domain::spf::{self, Spf};

/// In bits: a shorter one makes every signature invalid (RFC 8301, 3.2).
const SHORTEST_KEY: u64 = 1024;
/// In bytes of DER, which a key of 16,384 bits takes.
const LONGEST_KEY: usize = 2200;

/// What is looked up, and what was found.
enum Found {
    Spf(String, Seen<Record<Spf>>),
    Dmarc(Pattern, Seen<Record<Dmarc>>),
    Key(String, Seen<DkimRecord>),
}

/// Looks up what the checks ask for, side by side: where no server answers, each name takes its whole time.
pub(super) async fn look_up(names: &Names, senders: &[Pattern], keys: &[DkimKey]) -> Dns {
    let selectors = keys
        .iter()
        .filter(|key| key.is_active)
        .flat_map(|key| key.selectors.iter().map(|selector| dkim_name(&selector.name, &key.domain)));
    let mut lookups = JoinSet::new();
    for sender in senders {
        if let Pattern::Domain(domain) = sender {
            let (names, domain) = (names.clone(), domain.clone());
            lookups.spawn(async move {
                let record = spf_of(&names, &domain).await;
                Found::Spf(domain, record)
            });
        }
        let (names, sender) = (names.clone(), sender.clone());
        lookups.spawn(async move {
            let record = dmarc_of(&names, &sender).await;
            Found::Dmarc(sender, record)
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
            Found::Spf(domain, record) => {
                dns.spf.insert(domain, record);
            }
            Found::Dmarc(sender, record) => {
                dns.dmarc.insert(sender, record);
            }
            Found::Key(name, record) => {
                dns.dkim.insert(name, record);
            }
        }
    }
    dns
}

/// The one record of those texts that are one, or what is there in its place.
fn only<T>(texts: Vec<String>, is_one: fn(&str) -> bool, read: impl Fn(&str) -> Result<T, String>) -> Record<T> {
    let found: Vec<String> = texts.into_iter().filter(|text| is_one(text)).collect();
    match found.as_slice() {
        [] => Record::Absent,
        [one] => read(one).map_or_else(Record::Malformed, Record::Is),
        several => Record::Several(several.len()),
    }
}

/// The record of a domain, with those that it leads to: what each leads to is asked for side by side.
async fn spf_of(names: &Names, domain: &str) -> Seen<Record<Spf>> {
    let mut records = spf::Records::new();
    let mut wanted = vec![domain.to_string()];
    loop {
        let mut lookups = JoinSet::new();
        for domain in wanted {
            let names = names.clone();
            lookups.spawn(async move {
                let texts = names.texts(&domain).await;
                (domain, texts.map(|texts| only(texts, spf::is_spf, spf::terms)))
            });
        }
        records.extend(lookups.join_all().await);
        let (record, missing) = spf::judge(domain, &records);
        if missing.is_empty() {
            return record;
        }
        wanted = missing;
    }
}

/// True if a text at `_dmarc` is a DMARC record, right or wrong. The version has to stand first, and as it is written here,
/// or receivers pass the text by (RFC 7489, 6.3 and 6.4).
fn is_dmarc(text: &str) -> bool {
    let blanks = [' ', '\t'];
    let version = text.split(';').next().and_then(|tag| tag.split_once('='));
    version.is_some_and(|(name, value)| {
        name.trim_end_matches(blanks).eq_ignore_ascii_case("v") && value.trim_matches(blanks) == "DMARC1"
    })
}

/// The record of the domain itself, else that of the nearest domain above. What is below a domain has a record from above
/// at the best, as far as one can see.
pub(super) async fn dmarc_of(names: &Names, sender: &Pattern) -> Seen<Record<Dmarc>> {
    let (domain, is_below) = match sender {
        Pattern::Domain(domain) => (domain, false),
        Pattern::Below(domain) => (domain, true),
        Pattern::Everything | Pattern::Other(_) => return Dns::not_looked_up(),
    };
    for (place, domain) in with_parents(domain).into_iter().enumerate() {
        let texts = names.texts(&format!("_dmarc.{domain}")).await?;
        let found = only(texts, is_dmarc, |text| dmarc(text, is_below || place > 0));
        if found != Record::Absent {
            return Ok(found);
        }
    }
    Ok(Record::Absent)
}

/// `below`: what the record asks for domains below its own (`sp`), which is `p` where it says nothing.
fn dmarc(text: &str, below: bool) -> Result<Dmarc, String> {
    let (tags, ignored) = dmarc_tags(text)?;
    let record = dmarc::Dmarc::parse(tags.join(";").as_bytes()).map_err(|error| described(&error))?;
    let policy = match if below { record.sp } else { record.p } {
        dmarc::Policy::None => Policy::Nothing,
        dmarc::Policy::Quarantine => Policy::Quarantine,
        dmarc::Policy::Reject => Policy::Reject,
        dmarc::Policy::Unspecified => return Err("it has no policy".into()),
    };
    Ok(Dmarc {
        policy,
        share: record.pct,
        is_tested: record.t,
        strict_dkim: record.adkim == Alignment::Strict,
        strict_spf: record.aspf == Alignment::Strict,
        ignored: ignored.into_iter().map(|tag| excerpt(tag, 40)).collect(),
    })
}

/// The tags of a record that receivers read, and those that they ignore, for which the defaults count. A policy is none of
/// these: without a right one the record is wrong (RFC 7489, 6.6.3). Nor may a tag stand there twice (RFC 6376, 3.2).
fn dmarc_tags(text: &str) -> Result<(Vec<&str>, Vec<&str>), String> {
    let name = |tag: &str| tag.split('=').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_read = |tag: &&str| {
        let alone = format!("v=DMARC1;p=none;{tag}");
        tag.contains('=') && dmarc::Dmarc::parse(alone.as_bytes()).is_ok()
    };
    let mut names = BTreeSet::new();
    let (mut read, mut ignored) = (Vec::new(), Vec::new());
    for tag in text.split(';').map(str::trim).filter(|tag| !tag.is_empty()) {
        let name = name(tag);
        if ["v", "p", "sp"].contains(&name.as_str()) || is_read(&tag) {
            read.push(tag);
        } else {
            ignored.push(tag);
        }
        if !names.insert(name.clone()) {
            return Err(format!("it has {} more than once", excerpt(&name, 40)));
        }
    }
    Ok((read, ignored))
}

async fn dkim_of(names: &Names, name: &str) -> Seen<DkimRecord> {
    let (alias_of, key) = tokio::join!(names.alias(name), key_of(names, name));
    Ok(DkimRecord { alias_of: alias_of?, key: key? })
}

/// The key at a selector's name.
pub(super) async fn key_of(names: &Names, name: &str) -> Seen<Record<PublicKey>> {
    Ok(match names.texts(name).await?.as_slice() {
        [] => Record::Absent,
        [one] => dkim(one).map_or_else(Record::Malformed, Record::Is),
        several => Record::Several(several.len()),
    })
}

/// Salesforce signs with RSA and SHA-256 (`EmailDomainKey.KeySize` is 1024 or 2048 bits).
fn dkim(text: &str) -> Result<PublicKey, String> {
    let tag = |wanted: &str| {
        let tags = text.split(';').filter_map(|tag| tag.split_once('='));
        tags.map(|(name, value)| (name.trim(), value)).find(|(name, _)| *name == wanted).map(|(_, value)| value.trim())
    };
    let lists = |wanted: &str, words: &[&str]| {
        tag(wanted).map(|value| value.split(':').any(|word| words.contains(&word.trim().to_ascii_lowercase().as_str())))
    };
    let value = |name: &str| excerpt(tag(name).unwrap_or_default(), 40);
    let key: String = tag("p").unwrap_or_default().split_whitespace().collect();
    if tag("p").is_some() && key.is_empty() {
        return Ok(PublicKey::Revoked);
    }
    DomainKey::parse(text.trim().as_bytes()).map_err(|error| described(&error))?;
    // The library takes any bytes for a key, and fails at the first signature.
    let key = STANDARD.decode(key).map_err(|_| "its key is not base64".to_string())?;
    if !lists("k", &["rsa"]).unwrap_or(true) {
        return Ok(PublicKey::Unfit(format!("it is a key for {}, and Salesforce signs with RSA", value("k"))));
    }
    let bits = rsa_bits(&key).ok_or("its key is none of RSA")?;
    Ok(if bits < SHORTEST_KEY {
        PublicKey::Unfit(format!("it has {bits} bits, and receivers take no key below {SHORTEST_KEY}"))
    } else if !lists("h", &["sha256"]).unwrap_or(true) {
        PublicKey::Unfit(format!("it is for the hash {} alone (h=), and Salesforce signs with SHA-256", value("h")))
    } else if !lists("s", &["*", "email"]).unwrap_or(true) {
        PublicKey::Unfit(format!("it is for {} alone (s=), and not for mail", value("s")))
    } else if lists("t", &["y"]) == Some(true) {
        PublicKey::Testing
    } else {
        PublicKey::Usable
    })
}

/// The length of an RSA key, which stands alone (RFC 8017, `RSAPublicKey`) or in an envelope (RFC 5280,
/// `SubjectPublicKeyInfo`).
fn rsa_bits(der: &[u8]) -> Option<u64> {
    // What is longer is no key, and its layers could be more than a stack can hold.
    if der.len() > LONGEST_KEY {
        return None;
    }
    match simple_asn1::from_der(der).ok()?.as_slice() {
        [ASN1Block::Sequence(_, parts)] => match parts.as_slice() {
            [ASN1Block::Integer(_, modulus), ASN1Block::Integer(_, _)] => Some(modulus.bits()),
            [ASN1Block::Sequence(_, _), ASN1Block::BitString(_, _, inner)] => rsa_bits(inner),
            _ => None,
        },
        _ => None,
    }
}

/// What a library's error says, as the end of a sentence.
pub(super) fn described(error: &Error) -> String {
    let text = crate::domain::printable::excerpt(&error.to_string(), 120);
    text.trim_end_matches('.').to_string()
}

#[cfg(test)]
mod tests {
    use simple_asn1::BigInt;

    use super::*;

    #[test]
    fn of_several_records_none_counts_and_other_texts_are_no_records() {
        let found = |texts: &[&str]| only(texts.iter().map(ToString::to_string).collect(), is_dmarc, |_| Ok(()));
        assert_eq!(found(&["google-site-verification=x", "v=DMARC10; p=none"]), Record::Absent);
        assert_eq!(found(&["v=DMARC1; p=none", "V\t= DMARC1 ;p=none"]), Record::Several(2));
        assert_eq!(found(&["x", "v=DMARC1"]), Record::Is(()));
        for ignored in
            ["v=dmarc1; p=reject", "v=DM ARC1; p=reject", "p=reject; v=DMARC1", " v=DMARC1; p=none", "v=DMARC1 p=none"]
        {
            assert_eq!(found(&[ignored]), Record::Absent, "{ignored}");
        }
    }

    #[test]
    fn a_dmarc_policy_is_read_for_the_domain_and_for_those_below() {
        let policy = |text: &str, below| dmarc(text, below).map(|record| record.policy);
        assert_eq!(policy("v=DMARC1; p=none", false), Ok(Policy::Nothing));
        assert_eq!(policy("v=DMARC1; p=reject; sp=none", false), Ok(Policy::Reject));
        assert_eq!(policy("v=DMARC1; p=reject; sp=none", true), Ok(Policy::Nothing));
        assert_eq!(policy("v=DMARC1; p=quarantine", true), Ok(Policy::Quarantine));
        assert!(policy("v=DMARC1; p=perhaps", false).is_err());
        assert!(policy("v=DMARC1", false).is_err());
    }

    #[test]
    fn what_weakens_a_dmarc_policy_or_makes_it_strict_is_read() {
        let read = |text: &str| dmarc(text, false).expect(text);
        let plain = read("v=DMARC1; p=reject");
        let expected = Dmarc {
            policy: Policy::Reject,
            share: 100,
            is_tested: false,
            strict_dkim: false,
            strict_spf: false,
            ignored: Vec::new(),
        };
        assert_eq!(plain, expected);
        let plain = || plain.clone();
        assert_eq!(read("v=DMARC1;p=reject;pct=20;t=n;adkim=r"), Dmarc { share: 20, ..plain() });
        assert_eq!(read("v=DMARC1; p=reject; t=y"), Dmarc { is_tested: true, ..plain() });
        assert_eq!(read("v=DMARC1; p=reject; adkim=s"), Dmarc { strict_dkim: true, ..plain() });
        assert_eq!(read("v=DMARC1; p=reject; aspf=s"), Dmarc { strict_spf: true, ..plain() });
        assert_eq!(read("v=DMARC1; p=reject; rua=mailto:a@acme.com,mailto:b@acme.com!10m; fo=1:d; x=y;"), plain());
    }

    #[test]
    fn of_a_tag_that_can_t_be_read_the_default_counts_and_of_two_of_a_name_none() {
        for odd in ["pct=abc", "pct=", "adkim=x", "fo=q", "words"] {
            let found = dmarc(&format!("v=DMARC1; p=reject; {odd} ; aspf=s"), false).expect(odd);
            assert_eq!((found.share, found.strict_dkim, found.strict_spf), (100, false, true), "{odd}");
            assert_eq!(found.ignored, [odd]);
        }
        for text in ["v=DMARC1; p=none; p=reject", "v=DMARC1; p=reject; pct=1; PCT = 100", "v=DMARC1; v=DMARC1; p=none"]
        {
            assert!(dmarc(text, false).expect_err(text).ends_with("more than once"), "{text}");
        }
        assert!(dmarc("v=DMARC1; p=reject; sp=perhaps", false).is_err());
    }

    proptest::proptest! {
        /// Whatever stands in DNS, reading it comes to an end.
        #[test]
        fn any_text_is_read_or_refused(tags in "( ?[a-z]{1,5} ?=?[ -~é]{0,20};?){0,6}", bytes in proptest::collection::vec(0u8.., 0..300)) {
            let _ = dmarc(&format!("v=DMARC1;{tags}"), true);
            let _ = dkim(&format!("v=DKIM1;{tags}"));
            let _ = dkim(&format!("v=DKIM1; p={}", STANDARD.encode(&bytes)));
            let _ = rsa_bits(&bytes);
        }
    }

    /// A key of RSA with a modulus of so many bits.
    fn rsa(bits: usize) -> Vec<u8> {
        let modulus = (BigInt::from(1) << (bits - 1)) + 1;
        let parts = vec![ASN1Block::Integer(0, modulus), ASN1Block::Integer(0, 65537.into())];
        simple_asn1::to_der(&ASN1Block::Sequence(0, parts)).expect("DER")
    }

    #[test]
    fn a_key_is_usable_where_salesforces_signatures_hold_with_it() {
        let key = STANDARD.encode(rsa(2048));
        let table = [
            (format!("v=DKIM1; k=rsa; p={} {}", &key[..40], &key[40..]), "Usable"),
            (format!("p={key}"), "Usable"),
            (format!("v=DKIM1; h=sha1:sha256; s=*; t=s; p={key}"), "Usable"),
            (format!("v=DKIM1; s=email; p={}", STANDARD.encode(rsa(1024))), "Usable"),
            (format!("v=DKIM1; t=y:s; p={key}"), "Testing"),
            (format!("v=DKIM1; h=sha1; p={key}"), "Unfit"),
            (format!("v=DKIM1; s=tlsrpt; p={key}"), "Unfit"),
            (format!("v=DKIM1; p={}", STANDARD.encode(rsa(768))), "Unfit"),
            (format!("k=ed25519; p={}", STANDARD.encode([7; 32])), "Unfit"),
            ("v=DKIM1; k=rsa; p=".to_string(), "Revoked"),
        ];
        for (text, expected) in table {
            let found = dkim(&text).expect(&text);
            assert!(format!("{found:?}").starts_with(expected), "{text}: {found:?}");
        }
        let deep = STANDARD.encode([0x30, 0x80].repeat(50_000));
        for text in ["v=DKIM1; p=no key", "v=DKIM1; p=MIIB", "v=DKIM2; p=x", "v=DKIM1", &format!("p={deep}")] {
            assert!(dkim(text).is_err(), "{text:.40}");
        }
    }
}
