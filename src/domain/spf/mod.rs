//! SPF (RFC 7208): what a record says, with the records that it leads to, of senders that it does not name. Pure.

mod terms;

use std::collections::BTreeMap;

use self::terms::{Directive, Mechanism, Name, Qualifier};
use super::evidence::Record;
use super::finding::{Seen, Unseen};
use super::printable::excerpt;

pub use self::terms::{Terms, is_spf, terms};

/// How many terms that ask DNS a receiver follows (RFC 7208, 4.6.4).
const LOOKUPS: usize = 10;

/// What an SPF record says, with those that it includes or redirects to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spf {
    /// What it says of senders that it does not name.
    pub others: Others,
    /// Terms that could let in more, and that differ with each mail or with what else is in DNS.
    pub not_followed: Vec<String>,
    /// Terms that let in those addresses for which DNS has an answer (`exists:%{i}…`, as Salesforce's own record has it).
    pub by_address: Vec<String>,
}

/// What an SPF record says of senders that it does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Others {
    /// `-all`
    Fail,
    /// `~all`
    SoftFail,
    /// `?all`, or nothing.
    Neutral,
    /// Everybody may send, by this term.
    Pass(String),
    /// A record decides whose name differs with each mail.
    Unknown,
}

/// The records that were looked up, by domain.
pub type Records = BTreeMap<String, Seen<Record<Terms>>>;

/// What the record of a domain says, as far as the records that are known go; and the names of those that it takes besides.
pub fn judge(domain: &str, records: &Records) -> (Seen<Record<Spf>>, Vec<String>) {
    let mut walk = Walk {
        records,
        lookups: 0,
        missing: Vec::new(),
        hindered: None,
        not_followed: Vec::new(),
        by_address: Vec::new(),
    };
    let own = match records.get(domain) {
        Some(Ok(Record::Is(_))) => walk.check(domain),
        Some(Ok(Record::Absent)) => return (Ok(Record::Absent), Vec::new()),
        Some(Ok(Record::Several(number))) => return (Ok(Record::Several(*number)), Vec::new()),
        Some(Ok(Record::Malformed(why))) => return (Ok(Record::Malformed(why.clone())), Vec::new()),
        Some(Err(unseen)) => return (Err(unseen.clone()), Vec::new()),
        None => return (Err(Unseen::hindered("it was not looked up")), vec![domain.to_string()]),
    };
    let record = match (own, walk.hindered) {
        (Err(why), _) => Ok(Record::Malformed(why)),
        (Ok(others @ Others::Pass(_)), _) => {
            Ok(Record::Is(Spf { others, not_followed: Vec::new(), by_address: Vec::new() }))
        }
        (Ok(_), Some(unseen)) => Err(unseen),
        (Ok(others), None) => {
            Ok(Record::Is(Spf { others, not_followed: walk.not_followed, by_address: walk.by_address }))
        }
    };
    (record, walk.missing)
}

struct Walk<'a> {
    records: &'a Records,
    lookups: usize,
    missing: Vec<String>,
    hindered: Option<Unseen>,
    not_followed: Vec<String>,
    by_address: Vec<String>,
}

impl Walk<'_> {
    /// What a record says of a sender that no address in it matches.
    fn check(&mut self, domain: &str) -> Result<Others, String> {
        let terms = match self.records.get(domain) {
            Some(Ok(Record::Is(terms))) => terms,
            Some(Ok(Record::Absent)) => return Err(format!("it leads to {domain}, which has no SPF record")),
            Some(Ok(Record::Several(number))) => {
                return Err(format!("it leads to {domain}, which has {number} SPF records"));
            }
            Some(Ok(Record::Malformed(why))) => return Err(format!("it leads to {domain}: {why}")),
            Some(Err(unseen)) => {
                self.hindered = Some(Unseen {
                    gap: unseen.gap,
                    reason: format!("It leads to the SPF record of {domain}, and there: {}", unseen.reason),
                });
                return Ok(Others::Unknown);
            }
            None => {
                self.missing.push(domain.to_string());
                return Ok(Others::Unknown);
            }
        };
        for directive in &terms.directives {
            if let Some(by) = self.matches_others(directive)? {
                return Ok(match directive.qualifier {
                    Qualifier::Pass => Others::Pass(by),
                    Qualifier::Fail => Others::Fail,
                    Qualifier::SoftFail => Others::SoftFail,
                    Qualifier::Neutral => Others::Neutral,
                });
            }
        }
        match &terms.redirect {
            None => Ok(Others::Neutral),
            Some(Name::Plain(name)) => {
                self.look_up()?;
                self.check(name)
            }
            Some(Name::Macro(name)) => {
                self.look_up()?;
                note(&mut self.not_followed, &format!("redirect={name}"));
                Ok(Others::Unknown)
            }
        }
    }

    /// The term by which a directive is about every sender, if it is.
    fn matches_others(&mut self, directive: &Directive) -> Result<Option<String>, String> {
        let itself = || Some(excerpt(&directive.text, 100));
        // A wide network that is kept out is no reason to let in the others.
        let lets_in = |wide: bool| (wide && directive.qualifier == Qualifier::Pass).then(itself).flatten();
        match &directive.mechanism {
            Mechanism::All => Ok(itself()),
            Mechanism::Network { wide } => Ok(lets_in(*wide)),
            Mechanism::Hosts { name, wide } => {
                self.look_up()?;
                if let Some(Name::Macro(_)) = name {
                    note(&mut self.not_followed, &directive.text);
                }
                Ok(lets_in(*wide))
            }
            Mechanism::Exists(name) => {
                self.look_up()?;
                let told = if name.has_address() { &mut self.by_address } else { &mut self.not_followed };
                note(told, &directive.text);
                Ok(None)
            }
            Mechanism::Include(Name::Macro(_)) => {
                self.look_up()?;
                note(&mut self.not_followed, &directive.text);
                Ok(None)
            }
            Mechanism::Include(Name::Plain(name)) => {
                self.look_up()?;
                match self.check(name)? {
                    Others::Pass(by) => Ok(Some(format!("{} with {by}", excerpt(&directive.text, 100)))),
                    _ => Ok(None),
                }
            }
        }
    }

    fn look_up(&mut self) -> Result<(), String> {
        self.lookups += 1;
        let too_many = || format!("it takes more than {LOOKUPS} lookups in DNS, where receivers give up");
        if self.lookups > LOOKUPS { Err(too_many()) } else { Ok(()) }
    }
}

/// Each term once, by however many ways a record leads to it.
fn note(terms: &mut Vec<String>, term: &str) {
    let term = excerpt(term, 100);
    if !terms.contains(&term) {
        terms.push(term);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a record says, beside those of other domains.
    fn said(text: &str, others: &[(&str, &str)]) -> Result<Spf, String> {
        let read = |text: &str| Ok(terms(text).map_or_else(Record::Malformed, Record::Is));
        let mut records: Records = others.iter().map(|(name, text)| ((*name).to_string(), read(text))).collect();
        records.insert("none.org".into(), Ok(Record::Absent));
        records.insert("acme.com".into(), read(text));
        match judge("acme.com", &records) {
            (Ok(Record::Is(spf)), missing) if missing.is_empty() => Ok(spf),
            (Ok(Record::Malformed(why)), _) => Err(why),
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn a_record_is_read_by_what_it_says_of_others() {
        let pass = |by: &str| Others::Pass(by.into());
        let table = [
            ("v=spf1 ip4:192.0.2.1 -all", Others::Fail),
            ("v=spf1  mx ~all ", Others::SoftFail),
            ("V=SPF1 A ?ALL", Others::Neutral),
            ("v=spf1 mx", Others::Neutral),
            ("v=spf1", Others::Neutral),
            ("v=spf1 +all", pass("+all")),
            ("v=spf1 all -all", pass("all")),
            ("v=spf1 ip4:0.0.0.0/0 -all", pass("ip4:0.0.0.0/0")),
            ("v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all", pass("ip4:0.0.0.0/1")),
            ("v=spf1 ip6:::/0 -all", pass("ip6:::/0")),
            ("v=spf1 a/0 -all", pass("a/0")),
            ("v=spf1 mx:acme.com/24//0 -all", pass("mx:acme.com/24//0")),
            ("v=spf1 -ip4:0.0.0.0/0 ~all", Others::SoftFail),
            (
                "v=spf1 a:acme.com/24//64 mx//64 ptr ip6:2001:db8::/32 ip4:10.0.0.0/8 exp=e.acme.com x-y=%{d} -all",
                Others::Fail,
            ),
            ("v=spf1 redirect=open.org", pass("+all")),
            ("v=spf1 redirect=open.org -all", Others::Fail),
            ("v=spf1 redirect=shut.org", Others::Fail),
            ("v=spf1 include:open.org -all", pass("include:open.org with +all")),
            ("v=spf1 ?include:open.org -all", Others::Neutral),
            ("v=spf1 include:shut.org. ~all", Others::SoftFail),
        ];
        let others = [("open.org", "v=spf1 +all"), ("shut.org", "v=spf1 -all")];
        for (text, expected) in table {
            let expected = Spf { others: expected, not_followed: Vec::new(), by_address: Vec::new() };
            assert_eq!(said(text, &others), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_receivers_take_for_an_error_is_one() {
        let long: String = (0..11).map(|number| format!("a:h{number}.acme.com ")).collect();
        let long = format!("v=spf1 {long}-all");
        let table = [
            ("v=spf1 ip4:none -all", "ip4:none"),
            ("v=spf1 ip4:192.0.2.0/33 -all", "ip4:192.0.2.0/33"),
            ("v=spf1 ip4:192.0.2.1/ -all", "no term"),
            ("v=spf1 ip6:192.0.2.1 -all", "no term"),
            ("v=spf1 ipv4:192.0.2.1 -all", "ipv4:192.0.2.1"),
            ("v=spf1 include: -all", "include:"),
            ("v=spf1 include -all", "include"),
            ("v=spf1 include:localhost -all", "include:localhost"),
            ("v=spf1 a:%{x}.acme.com -all", "no term"),
            ("v=spf1 exists:%.acme.com -all", "no term"),
            ("v=spf1 -all: ", "-all:"),
            ("v=spf1 mx/08 -all", "no term"),
            ("v=spf1 redirect=a.org redirect=b.org", "redirect=b.org"),
            ("v=spf1 mx\t-all", "no term"),
            ("v=spf1 include:none.org -all", "none.org, which has no SPF record"),
            ("v=spf1 redirect=none.org", "none.org, which has no SPF record"),
            ("v=spf1 include:wrong.org -all", "wrong.org: foo is no term"),
            ("v=spf1 include:loop.org -all", "more than 10 lookups"),
            ("v=spf1 include:acme.com -all", "more than 10 lookups"),
            (&long, "more than 10 lookups"),
        ];
        let others = [("wrong.org", "v=spf1 foo -all"), ("loop.org", "v=spf1 include:loop.org -all")];
        for (text, word) in table {
            let error = said(text, &others).expect_err(text);
            assert!(error.contains(word), "{text}: {error}");
        }
        // What stands behind `all` is asked by nobody.
        assert!(said(&long.replace("v=spf1", "v=spf1 -all"), &[]).is_ok());
    }

    proptest::proptest! {
        /// Whatever stands in DNS, reading it comes to an end.
        #[test]
        fn any_text_is_read_or_refused(text in "v=spf1( [-+~?]?(a|mx|ip4|ip6|include|exists|ptr|all|redirect)?[:=/]?[%{}a-z0-9:./é]{0,20}){0,5}") {
            let read = terms(&text).map_or_else(Record::Malformed, Record::Is);
            let _ = judge("acme.com", &Records::from([("acme.com".to_string(), Ok(read))]));
        }
    }

    #[test]
    fn what_differs_with_each_mail_is_not_followed_and_told() {
        let table = [
            (
                "v=spf1 include:%{ir}.%{v}.%{d}.spf.example.org ~all",
                Others::SoftFail,
                "include:%{ir}.%{v}.%{d}.spf.example.org",
            ),
            ("v=spf1 exists:acme.com -all", Others::Fail, "exists:acme.com"),
            ("v=spf1 exists:%{p}.acme.com -all", Others::Fail, "exists:%{p}.acme.com"),
            ("v=spf1 exists:%{l}.acme.com -all", Others::Fail, "exists:%{l}.acme.com"),
            ("v=spf1 a:%{l}.acme.com -all", Others::Fail, "a:%{l}.acme.com"),
            ("v=spf1 a:%{i}.acme.com/24 -all", Others::Fail, "a:%{i}.acme.com/24"),
            ("v=spf1 mx:%{d} ?all", Others::Neutral, "mx:%{d}"),
            ("v=spf1 ptr:%{d} ~all", Others::SoftFail, "ptr:%{d}"),
            ("v=spf1 include:o.org include:o.org -all", Others::Fail, "a:%{o}.o.org"),
            ("v=spf1 redirect=%{d2}.example.org", Others::Unknown, "redirect=%{d2}.example.org"),
        ];
        for (text, others, term) in table {
            let expected = Spf { others, not_followed: vec![term.to_string()], by_address: Vec::new() };
            assert_eq!(said(text, &[("o.org", "v=spf1 a:%{o}.o.org -all")]), Ok(expected), "{text}");
        }
        let salesforce = ("_spf.salesforce.com", "v=spf1 exists:%{i}._spf.mta.salesforce.com -all");
        let found = said("v=spf1 include:_spf.salesforce.com exists:%{I}.x.org -all", &[salesforce]).expect("a record");
        assert_eq!(found.by_address, ["exists:%{i}._spf.mta.salesforce.com", "exists:%{I}.x.org"]);
        assert_eq!((found.others, found.not_followed), (Others::Fail, Vec::new()));
    }

    #[test]
    fn a_record_that_could_not_be_looked_up_leaves_only_what_is_sure() {
        let read = |text: &str| Ok(Record::Is(terms(text).expect("a record")));
        let mut records = Records::from([("acme.com".to_string(), read("v=spf1 include:a.org include:b.org -all"))]);
        let (_, missing) = judge("acme.com", &records);
        assert_eq!(missing, ["a.org", "b.org"]);
        records.insert("a.org".into(), Err(Unseen::hindered("DNS gave no answer.")));
        records.insert("b.org".into(), read("v=spf1 -all"));
        let (found, missing) = judge("acme.com", &records);
        assert!(missing.is_empty());
        assert!(found.expect_err("it could not be told").reason.contains("a.org, and there: DNS gave no answer"));
        records.insert("b.org".into(), read("v=spf1 +all"));
        let (found, _) = judge("acme.com", &records);
        assert!(matches!(found, Ok(Record::Is(Spf { others: Others::Pass(_), .. }))), "{found:?}");
    }
}
