//! One section of the configuration file, its keys known and its values checked.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::ConfigErrors;
use super::nearest::{nearest, or_list};
use super::places::Found;
use super::setting::{DEFINITIONS, SectionKind, Setting};
use super::source::{Source, Sourced};
use super::template;
use crate::domain::printable::excerpt;

/// A section's values by setting, as text. A setting that takes an array may have several.
///
/// It has no Debug: a value may turn out to be a secret in the wrong place.
#[derive(Default)]
pub(super) struct Section {
    /// The org's name, or nothing in a section that is no org's.
    pub(super) name: String,
    values: BTreeMap<Setting, Vec<Sourced<String>>>,
    /// What was found wrong when the file was read, and need not be told again.
    wrong: BTreeSet<Setting>,
}

impl Section {
    /// Whether this value was found wrong when the file was read.
    pub(super) fn is_known_wrong(&self, setting: Setting, source: &Source) -> bool {
        self.wrong.contains(&setting) && self.values(setting).iter().any(|value| value.source == *source)
    }

    /// The values of the setting.
    pub(super) fn values(&self, setting: Setting) -> &[Sourced<String>] {
        self.values.get(&setting).map_or(&[], Vec::as_slice)
    }

    /// The value of a setting that takes one.
    pub(super) fn value(&self, setting: Setting) -> Option<&Sourced<String>> {
        self.values(setting).first()
    }
}

/// Reads sections of one file, and notes what is wrong with them.
pub(super) struct Reader<'a> {
    shown: &'a Path,
    /// Whether the file lay in the working directory and nobody named it.
    by_chance: bool,
    /// Where its lines end.
    line_ends: Vec<usize>,
    pub(super) problems: &'a mut ConfigErrors,
}

/// The section that is being read.
#[derive(Clone, Copy)]
struct Place<'a> {
    kind: SectionKind,
    /// The org's name in `[orgs.NAME]`.
    org: Option<&'a str>,
}

impl<'a> Reader<'a> {
    /// A reader of a file that was found.
    pub(super) fn new(found: &'a Found, problems: &'a mut ConfigErrors) -> Self {
        let line_ends = found.text.match_indices('\n').map(|(end, _)| end).collect();
        Self { shown: &found.shown, by_chance: found.by_chance, line_ends, problems }
    }

    /// Where this offset of the file is.
    pub(super) fn source(&self, offset: usize) -> Source {
        let before = self.line_ends.partition_point(|end| *end < offset);
        Source::File { path: self.shown.to_path_buf(), line: 1 + before }
    }

    /// Reads a section.
    pub(super) fn section(&mut self, kind: SectionKind, org: Option<&str>, table: &DeTable<'_>) -> Section {
        let place = Place { kind, org };
        let mut section = Section { name: org.unwrap_or_default().to_string(), ..Section::default() };
        for (key, value) in in_order(table) {
            let source = self.source(key.span().start);
            match kind.settings().find(|setting| setting.key() == key.get_ref().as_ref()) {
                Some(setting) => {
                    let known = self.problems.problems().len();
                    let values = self.values(place, setting, value, &source);
                    section.values.insert(setting, values);
                    if self.problems.problems().len() > known {
                        section.wrong.insert(setting);
                    }
                }
                None => {
                    let is_table = value.get_ref().is_table();
                    self.note(place, source, unknown_key(place, key.get_ref(), is_table));
                }
            }
        }
        section
    }

    fn note(&mut self, place: Place<'_>, source: Source, text: String) {
        match place.org {
            Some(org) => self.problems.add_for(org, source, text),
            None => self.problems.add(source, text),
        }
    }

    /// The texts of a value. Those that are wrong are noted, and kept, so that nothing says that they are missing.
    fn values(
        &mut self,
        place: Place<'_>,
        setting: Setting,
        value: &Spanned<DeValue<'_>>,
        key: &Source,
    ) -> Vec<Sourced<String>> {
        if setting.is_dangerous() && self.by_chance {
            let definition = setting.definition();
            let elsewhere = definition.flag.into_iter().chain(definition.variables.iter().copied());
            let text = format!(
                "{} is not taken from a file that merely lies in the working directory, where a repository may have put \
                 it: use {}, or name the file with --config",
                definition.key,
                elsewhere.collect::<Vec<_>>().join(", ")
            );
            self.note(place, key.clone(), text);
        }
        let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(items) if setting.many() => items.iter().collect(),
            _ => vec![value],
        };
        let mut values = Vec::new();
        for item in items {
            let source = self.source(item.span().start);
            match text_of(setting, item.get_ref()) {
                Ok(text) => {
                    if let Err(wrong) = check(place.kind, setting, &text) {
                        self.note(place, source.clone(), format!("{} {wrong}", setting.key()));
                    }
                    values.push(Sourced::new(text, source));
                }
                Err(wrong) => {
                    self.note(place, source.clone(), format!("{} {wrong}", setting.key()));
                    values.push(Sourced::new(String::new(), source));
                }
            }
        }
        values
    }
}

/// The entries as they stand in the file; the library has them by name.
pub(super) fn in_order<'a, 'i>(table: &'a DeTable<'i>) -> Vec<(&'a Spanned<Cow<'i, str>>, &'a Spanned<DeValue<'i>>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

/// The text of a value of the right type. A number is taken as one where it is written as one.
fn text_of(setting: Setting, value: &DeValue<'_>) -> Result<String, String> {
    let wanted = match (setting, value) {
        (setting, DeValue::Integer(number)) if setting.is_number() && number.radix() == 10 => {
            return Ok(number.as_str().into());
        }
        (setting, DeValue::Boolean(value)) if setting.is_truth() => return Ok(value.to_string()),
        (setting, _) if setting.is_truth() => "true or false",
        (Setting::ApiVersion, DeValue::Float(number)) => return Ok(number.as_str().into()),
        (Setting::ApiVersion, DeValue::Integer(number)) if number.radix() == 10 => return Ok(number.as_str().into()),
        (setting, _) if setting.is_number() => "a whole number",
        (_, DeValue::String(text)) => return Ok(text.to_string()),
        (setting, _) if setting.many() => "text in quotes, or an array of such",
        _ => "text in quotes",
    };
    Err(format!("must be {wanted}, not {}", type_of(value)))
}

fn type_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a number with a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

fn check(kind: SectionKind, setting: Setting, text: &str) -> Result<(), String> {
    if kind == SectionKind::Sandboxes {
        return template::check(setting, text);
    }
    if text.contains(template::PLACEHOLDER) {
        return Err(format!("has {} in it, which is filled in [sandboxes] alone", template::PLACEHOLDER));
    }
    setting.definition().kind.check(text)
}

/// What to say of a key that is none here.
fn unknown_key(place: Place<'_>, key: &str, is_table: bool) -> String {
    let section = place.org.map_or_else(|| place.kind.header().to_string(), |org| format!("[orgs.{org}]"));
    let shown = excerpt(key, 60);
    if let Some(secret) = secret_of(key) {
        return secret_in_file(place, &shown, secret);
    }
    if let Some(known) = DEFINITIONS.iter().find(|definition| definition.key == key) {
        let headers = or_list(known.sections.iter().map(|section| section.header()));
        return format!("{key} does not belong in {section}, but in {headers}");
    }
    if is_table && place.kind == SectionKind::Org {
        return format!(
            "unknown key `{shown}` in {section}; an org's name with a dot in it wants quotes: [orgs.\"{}.{shown}\"]",
            place.org.unwrap_or_default()
        );
    }
    match nearest(key, place.kind.settings().map(Setting::key)) {
        Some(meant) => format!("unknown key `{shown}` in {section}; did you mean {meant}?"),
        None => {
            let known = or_list(place.kind.settings().map(Setting::key));
            format!("unknown key `{shown}` in {section}, which takes {known}")
        }
    }
}

/// The setting whose secret someone put under this key, or nothing that could be told for a password.
fn secret_of(key: &str) -> Option<Option<Setting>> {
    let plain: String = key.chars().filter(char::is_ascii_alphanumeric).collect();
    match plain.to_ascii_lowercase().as_str() {
        "secret" | "clientsecret" | "consumersecret" => Some(Some(Setting::ClientSecretFile)),
        "key" | "jwtkey" | "jwtsecret" | "privatekey" | "jwtprivatekey" => Some(Some(Setting::JwtKeyFile)),
        "token" | "accesstoken" | "sessionid" | "bearertoken" => Some(Some(Setting::AccessTokenFile)),
        "refreshtoken" => Some(Some(Setting::RefreshTokenFile)),
        "sfdxauthurl" => Some(Some(Setting::SfdxAuthUrlFile)),
        "webhooksecret" => Some(Some(Setting::WebhookSecretFile)),
        "admintoken" => Some(Some(Setting::AdminTokenFile)),
        "notifysecret" => Some(Some(Setting::NotifySecretFile)),
        "password" | "passwd" | "securitytoken" => Some(None),
        _ => None,
    }
}

fn secret_in_file(place: Place<'_>, key: &str, secret: Option<Setting>) -> String {
    let why = format!("`{key}`: no secret may stand in this file, which is shown, copied and committed like any other");
    let Some(setting) = secret else {
        return format!("{why}; remove it, and change it if others have seen it");
    };
    let variable = match place.org {
        Some(org) => setting.variable_of(org),
        None if setting.definition().identity => setting.variable_of("x").replacen("_X_", "_<ORG>_", 1),
        None => setting.definition().variables[0].to_string(),
    };
    format!("{why}; put it in a file of its own that {} names, or in {variable}", setting.key())
}
