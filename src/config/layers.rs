//! The settings of one org: flag, then environment, then its section, then `[defaults]`.

use std::path::PathBuf;

use super::asked::Asked;
use super::choice::{Chosen, Description};
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::nearest::or_list;
use super::places::Places;
use super::section::Section;
use super::setting::Setting;
use super::source::{Source, Sourced};
use super::template;
use crate::secrets::Secret;

/// Where the settings of one org are looked up.
#[derive(Clone, Copy)]
pub(super) struct Layers<'a> {
    pub(super) asked: &'a Asked,
    pub(super) environment: &'a Environment,
    pub(super) places: &'a Places,
    pub(super) file: Option<&'a ConfigFile>,
    pub(super) chosen: &'a Chosen<'a>,
}

/// Where a secret is.
pub(super) enum Origin {
    File(Sourced<PathBuf>),
    Variable { variable: String, secret: Secret },
}

impl Origin {
    pub(super) fn source(&self) -> Source {
        match self {
            Self::File(file) => file.source.clone(),
            Self::Variable { variable, .. } => Source::Environment(variable.clone()),
        }
    }
}

impl<'a> Layers<'a> {
    /// The setting's text from the first place that has it.
    pub(super) fn text(&self, setting: Setting) -> Option<Sourced<String>> {
        self.flag(setting).or_else(|| self.variable(setting)).or_else(|| self.in_file(setting))
    }

    /// The setting's value, where it is given and right. What is wrong with it is noted.
    pub(super) fn value<T>(
        &self,
        setting: Setting,
        read: impl FnOnce(&str) -> Result<T, String>,
        problems: &mut ConfigErrors,
    ) -> Option<T> {
        let text = self.text(setting)?;
        match read(&text.value) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.note(text.source, setting, &wrong, problems);
                None
            }
        }
    }

    /// Notes what is wrong with a setting. Beside a line of the file its key is told as well.
    pub(super) fn note(&self, source: Source, setting: Setting, wrong: &str, problems: &mut ConfigErrors) {
        let sections = [self.own(), self.file.map(|file| &file.defaults)];
        if sections.into_iter().flatten().any(|section| section.is_known_wrong(setting, &source)) {
            return;
        }
        let text = match source {
            Source::File { .. } => format!("{} {wrong}", setting.key()),
            _ => wrong.to_string(),
        };
        self.add(source, text, problems);
    }

    /// Notes a problem of this org.
    pub(super) fn add(&self, source: impl Into<Option<Source>>, text: String, problems: &mut ConfigErrors) {
        match self.chosen.name() {
            Some(name) => problems.add_for(name, source, text),
            None => problems.add(source, text),
        }
    }

    pub(super) fn flag(&self, setting: Setting) -> Option<Sourced<String>> {
        let flag = setting.definition().flag.filter(|_| self.reads(setting))?;
        self.asked.text(setting).map(|text| Sourced::new(text.to_string(), Source::Flag(flag)))
    }

    /// What describes the org where it has no name, and where that stands.
    pub(super) fn description(&self) -> Option<(Description, Source)> {
        match self.chosen {
            Chosen::Described => Description::of(self.asked, self.environment),
            _ => None,
        }
    }

    fn variable(&self, setting: Setting) -> Option<Sourced<String>> {
        let reads = self.reads(setting) && !self.is_described_otherwise(setting);
        let variables = setting.definition().variables.iter().filter(|_| reads);
        variables.into_iter().find_map(|variable| {
            let text = self.environment.get(variable)?;
            Some(Sourced::new(text.to_string(), Source::Environment((*variable).to_string())))
        })
    }

    /// The setting's text in the file, the sandbox's name filled in.
    pub(super) fn in_file(&self, setting: Setting) -> Option<Sourced<String>> {
        let own = self.own().and_then(|section| section.value(setting));
        if let (Some(value), Chosen::Sandbox { name, .. }) = (own, self.chosen) {
            return Some(Sourced::new(template::fill(&value.value, name), value.source.clone()));
        }
        own.or_else(|| self.file?.defaults.value(setting)).cloned()
    }

    /// The org's own section, or the template.
    pub(super) fn own(&self) -> Option<&'a Section> {
        match self.chosen {
            Chosen::Described => None,
            Chosen::Named(section) => Some(section),
            Chosen::Sandbox { template, .. } => Some(template),
        }
    }

    /// Whether flag and environment are asked: what identifies an org comes from there only where none is named.
    fn reads(&self, setting: Setting) -> bool {
        !setting.definition().identity || matches!(self.chosen, Chosen::Described)
    }

    /// Whether an address that lies in the environment is not that of the org, which is described in another way.
    fn is_described_otherwise(&self, setting: Setting) -> bool {
        setting == Setting::InstanceUrl
            && self.description().is_some_and(|(description, _)| description != Description::Address)
    }

    /// Where the secret is: the flag's file, the org's variable, the shared variable, the file that the file names.
    ///
    /// The keyring comes behind them, once there is one.
    pub(super) fn secret(&self, setting: Setting) -> Option<Origin> {
        let definition = setting.definition();
        let flag = definition.flag.filter(|_| self.reads(setting));
        if let (Some(flag), Some(path)) = (flag, self.asked.path(setting)) {
            let path = self.places.working_directory.join(path);
            return Some(Origin::File(Sourced::new(path, Source::Flag(flag))));
        }
        for variable in self.secret_variables(setting) {
            if let Some(text) = self.environment.get(&variable) {
                return Some(Origin::Variable { variable, secret: Secret::new(text.to_string()) });
            }
        }
        let text = self.in_file(setting)?;
        let path = self.file?.path(&text.value, self.places.home.as_deref());
        Some(Origin::File(Sourced::new(path, text.source)))
    }

    fn secret_variables(&self, setting: Setting) -> Vec<String> {
        let own = self.chosen.name().map(|name| setting.variable_of(name));
        let shared = setting.definition().variables.iter().filter(|_| self.reads(setting));
        own.into_iter().chain(shared.map(|variable| (*variable).to_string())).collect()
    }

    /// Whether the setting, or the secret it leads to, is given somewhere.
    pub(super) fn has(&self, setting: Setting) -> bool {
        if setting.is_secret_file() { self.secret(setting).is_some() } else { self.text(setting).is_some() }
    }

    /// The places where the setting may be given for this org, as words.
    pub(super) fn places_of(&self, setting: Setting) -> String {
        let definition = setting.definition();
        let mut places: Vec<String> = Vec::new();
        if self.reads(setting) {
            places.extend(definition.flag.map(str::to_string));
        }
        if setting.is_secret_file() {
            places.extend(self.secret_variables(setting));
        } else if self.reads(setting) {
            places.extend(definition.variables.iter().map(|variable| (*variable).to_string()));
        }
        match self.chosen {
            Chosen::Described => {}
            Chosen::Named(section) => places.push(format!("{} in [orgs.{}]", definition.key, section.name)),
            Chosen::Sandbox { .. } => places.push(format!("{} in [sandboxes]", definition.key)),
        }
        or_list(places)
    }
}
