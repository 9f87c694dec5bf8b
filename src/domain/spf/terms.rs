//! The terms of an SPF record.
//!
//! The library that checks mails reads such records too, but skips mechanisms that do not exist, which are an error for
//! receivers, and can't count with a network of all addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::domain::printable::excerpt;

/// Nobody has more of the addresses of IPv4 than a network of 8 bits, nor of IPv6 one of 12, which registries have.
const WIDEST_IPV4: u8 = 8;
const WIDEST_IPV6: u8 = 12;

/// What a record consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub(super) directives: Vec<Directive>,
    pub(super) redirect: Option<Name>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directive {
    /// As it stands in the record.
    pub(super) text: String,
    pub(super) qualifier: Qualifier,
    pub(super) mechanism: Mechanism,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    All,
    Include(Name),
    /// Addresses that DNS has for a name (`a`, `mx`, `ptr`), or the networks that they are in.
    Hosts {
        name: Option<Name>,
        wide: bool,
    },
    Exists(Name),
    Network {
        wide: bool,
    },
}

/// A domain; or one that is made of what a mail is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Plain(String),
    Macro(String),
}

/// True if a text at a domain is an SPF record, right or wrong: `v=spf1`, and a blank or nothing after it.
pub fn is_spf(text: &str) -> bool {
    let version = text.split(' ').next().unwrap_or_default();
    version.eq_ignore_ascii_case("v=spf1")
}

/// Reads a record.
///
/// # Errors
/// What is wrong with it, as the end of a sentence.
pub fn terms(text: &str) -> Result<Terms, String> {
    let mut terms = Terms { directives: Vec::new(), redirect: None };
    let mut explained = false;
    for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
        let wrong = || format!("{} is no term of SPF", excerpt(term, 60));
        if !term.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(wrong());
        }
        match term.split_once(['=', ':', '/']) {
            Some((name, value)) if term.as_bytes().get(name.len()) == Some(&b'=') => {
                match name.to_ascii_lowercase().as_str() {
                    "redirect" if terms.redirect.is_none() => {
                        terms.redirect = Some(Name::read(value).ok_or_else(wrong)?)
                    }
                    "exp" if !explained && Name::read(value).is_some() => explained = true,
                    "redirect" | "exp" => return Err(wrong()),
                    other if is_word(other) && has_whole_macros(value) => {}
                    _ => return Err(wrong()),
                }
            }
            _ => terms.directives.push(directive(term).ok_or_else(wrong)?),
        }
    }
    Ok(terms)
}

fn is_word(name: &str) -> bool {
    let rest = name.strip_prefix(|first: char| first.is_ascii_alphabetic());
    rest.is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)))
}

fn directive(term: &str) -> Option<Directive> {
    let (qualifier, rest) = match term.split_at_checked(1)? {
        ("+", rest) => (Qualifier::Pass, rest),
        ("-", rest) => (Qualifier::Fail, rest),
        ("~", rest) => (Qualifier::SoftFail, rest),
        ("?", rest) => (Qualifier::Neutral, rest),
        _ => (Qualifier::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let after_colon = argument.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if argument.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(Name::read(after_colon?)?),
        "exists" => Mechanism::Exists(Name::read(after_colon?)?),
        "ptr" if argument.is_empty() => Mechanism::Hosts { name: None, wide: false },
        "ptr" => Mechanism::Hosts { name: Some(Name::read(after_colon?)?), wide: false },
        "a" | "mx" => hosts(argument)?,
        "ip4" => network(after_colon?, |address| address.parse::<Ipv4Addr>().is_ok(), 32, WIDEST_IPV4)?,
        "ip6" => network(after_colon?, |address| address.parse::<Ipv6Addr>().is_ok(), 128, WIDEST_IPV6)?,
        _ => return None,
    };
    Some(Directive { text: term.to_string(), qualifier, mechanism })
}

fn network(argument: &str, is_address: impl Fn(&str) -> bool, bits: u8, widest: u8) -> Option<Mechanism> {
    let (address, length) =
        argument.split_once('/').map_or((argument, None), |(address, length)| (address, Some(length)));
    let length = length.map_or(Some(bits), |length| prefix(length, bits))?;
    is_address(address).then_some(Mechanism::Network { wide: length < widest })
}

/// `a` and `mx`: a domain, or none, and the lengths of prefixes (`/24`, `//64`, `/24//64`), or none.
fn hosts(argument: &str) -> Option<Mechanism> {
    let (name, lengths) = argument.split_at(slash(argument).unwrap_or(argument.len()));
    let name = if name.is_empty() { None } else { Some(Name::read(name.strip_prefix(':')?)?) };
    let (ipv4, ipv6) = lengths.split_once("//").map_or((lengths, None), |(ipv4, ipv6)| (ipv4, Some(ipv6)));
    let ipv4 = if ipv4.is_empty() { 32 } else { prefix(ipv4.strip_prefix('/')?, 32)? };
    let ipv6 = ipv6.map_or(Some(128), |ipv6| prefix(ipv6, 128))?;
    Some(Mechanism::Hosts { name, wide: ipv4 < WIDEST_IPV4 || ipv6 < WIDEST_IPV6 })
}

/// The first slash that is not within the braces of a macro.
fn slash(text: &str) -> Option<usize> {
    let mut within = false;
    text.char_indices().find_map(|(place, character)| {
        within = (within || character == '{') && character != '}';
        (character == '/' && !within).then_some(place)
    })
}

fn prefix(text: &str, bits: u8) -> Option<u8> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let length = is_number.then(|| text.parse::<u8>().ok()).flatten()?;
    (length <= bits && (text == "0" || !text.starts_with('0'))).then_some(length)
}

impl Name {
    fn read(text: &str) -> Option<Self> {
        if text.contains('%') {
            return has_whole_macros(text).then(|| Self::Macro(text.to_string()));
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        let (_, last) = name.rsplit_once('.')?;
        let is_top = !last.is_empty() && !last.bytes().all(|byte| byte.is_ascii_digit());
        is_top.then(|| Self::Plain(name.to_ascii_lowercase()))
    }

    /// True if it has the address of who sends in it, so that DNS can answer for each address by itself.
    pub(super) fn has_address(&self) -> bool {
        let Self::Macro(text) = self else { return false };
        ["%{i", "%{I"].iter().any(|one| text.contains(one))
    }
}

/// True if each per cent sign begins a macro (RFC 7208, 7.1).
fn has_whole_macros(mut text: &str) -> bool {
    while let Some((_, after)) = text.split_once('%') {
        text = match after.split_at_checked(1) {
            Some(("%" | "_" | "-", rest)) => rest,
            Some(("{", rest)) => match rest.split_once('}') {
                Some((inner, rest)) if is_macro(inner) => rest,
                _ => return false,
            },
            _ => return false,
        };
    }
    true
}

/// What stands in the braces: a letter, how many parts, whether in reverse, and what separates them.
fn is_macro(inner: &str) -> bool {
    let rest = inner.strip_prefix(|letter: char| "slodiphcrtv".contains(letter.to_ascii_lowercase()));
    let rest = rest.map(|rest| rest.trim_start_matches(|digit: char| digit.is_ascii_digit()));
    let rest = rest.map(|rest| rest.strip_prefix(['r', 'R']).unwrap_or(rest));
    rest.is_some_and(|rest| rest.bytes().all(|byte| b".-+,/_=".contains(&byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_version_makes_a_record() {
        for (text, expected) in [("v=spf1", true), ("V=spf1 -all", true), ("v=spf10 -all", false), (" v=spf1", false)] {
            assert_eq!(is_spf(text), expected, "{text}");
        }
    }
}
