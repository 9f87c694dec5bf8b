//! The settings of the service: flag, then environment, then `[service]`, then the default.

use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::database::{Database, DatabaseAsked, resolve_database};
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::layers::Origin;
use super::places::Places;
use super::secret_file::SecretFiles;
use super::service_asked::ServiceAsked;
use super::setting::Setting;
use super::source::{Source, Sourced};
use crate::secrets::Secret;

/// Where the settings of the service are looked up, and what was found wrong with them.
pub(super) struct ServiceLayers<'a> {
    pub(super) asked: &'a ServiceAsked,
    pub(super) environment: &'a Environment,
    pub(super) places: &'a Places,
    pub(super) file: Option<&'a ConfigFile>,
    pub(super) files: SecretFiles,
    pub(super) problems: ConfigErrors,
}

impl ServiceLayers<'_> {
    /// The setting's texts from the first place that has it; several where it takes several.
    pub(super) fn texts(&self, setting: Setting) -> Vec<Sourced<String>> {
        let definition = setting.definition();
        let flags = self.asked.texts(setting);
        if let (Some(flag), false) = (definition.flag, flags.is_empty()) {
            return flags.iter().map(|text| Sourced::new(text.clone(), Source::Flag(flag))).collect();
        }
        for variable in definition.variables.iter().filter(|_| !setting.is_secret_file()) {
            if let Some(text) = self.environment.get(variable) {
                let one = |text: &str| Sourced::new(text.to_string(), Source::Environment((*variable).to_string()));
                let several = setting.is_list();
                let parts = text.split([',', ' ', '\t', '\n', '\r']).filter(|part| !part.is_empty());
                return if several { parts.map(one).collect() } else { vec![one(text)] };
            }
        }
        self.file.map(|file| file.service.values(setting).to_vec()).unwrap_or_default()
    }

    /// The setting's values, where they are given and right. What is wrong is noted.
    pub(super) fn values<T>(&mut self, setting: Setting, read: fn(&str) -> Result<T, String>) -> Vec<Sourced<T>> {
        let mut values = Vec::new();
        for text in self.texts(setting) {
            match read(&text.value) {
                Ok(value) => values.push(Sourced::new(value, text.source)),
                Err(wrong) => self.note(text.source, setting, &wrong),
            }
        }
        values
    }

    /// The setting's value, or its default. Nothing where it is wrong, or neither given nor defaulted.
    pub(super) fn value<T>(
        &mut self,
        setting: Setting,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<(T, Option<Source>)> {
        let Some(text) = self.texts(setting).into_iter().next() else {
            let default = setting.definition().default?;
            return read(default).ok().map(|value| (value, None));
        };
        match read(&text.value) {
            Ok(value) => Some((value, Some(text.source))),
            Err(wrong) => {
                self.note(text.source, setting, &wrong);
                None
            }
        }
    }

    /// The duration that is set. Where it is wrong, that is noted, and what comes back is of no use.
    pub(super) fn span(&mut self, setting: Setting) -> Duration {
        self.value(setting, |text| setting.span(text)).map(|(span, _)| span).unwrap_or_default()
    }

    /// As [`Self::span`], for a number.
    pub(super) fn number(&mut self, setting: Setting) -> NonZeroU32 {
        let number = self.value(setting, |text| setting.number(text)).and_then(|(number, _)| NonZeroU32::new(number));
        number.unwrap_or(NonZeroU32::MIN)
    }

    /// The path of a setting that is one, from the flag or the file.
    pub(super) fn path(&self, setting: Setting) -> Option<Sourced<PathBuf>> {
        if let (Some(flag), Some(path)) = (setting.definition().flag, self.asked.path(setting)) {
            return Some(Sourced::new(self.places.working_directory.join(path), Source::Flag(flag)));
        }
        let file = self.file?;
        let text = file.service.value(setting)?;
        Some(Sourced::new(file.path(&text.value, self.places.home.as_deref()), text.source.clone()))
    }

    /// Where the secret is: the flag's file, the variable, the file that the file names.
    pub(super) fn origin(&self, setting: Setting) -> Option<Origin> {
        if self.asked.path(setting).is_none() {
            for variable in setting.definition().variables {
                if let Some(text) = self.environment.get(variable) {
                    let secret = Secret::new(text.to_string());
                    return Some(Origin::Variable { variable: (*variable).to_string(), secret });
                }
            }
        }
        self.path(setting).map(Origin::File)
    }

    /// What is made of the secret, where there is one, and it is right. What is wrong is noted.
    pub(super) fn secret<T>(&mut self, setting: Setting, read: impl FnOnce(&Secret) -> Result<T, String>) -> Option<T> {
        let origin = self.origin(setting)?;
        let found = match &origin {
            Origin::Variable { secret, .. } => Ok(secret.clone()),
            Origin::File(file) => self.files.read(file),
        };
        match found.and_then(|secret| read(&secret)) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.note(origin.source(), setting, &wrong);
                None
            }
        }
    }

    /// The database of the queue, and what should be told about it.
    pub(super) fn database(&mut self) -> Option<(Database, Vec<String>)> {
        let asked = DatabaseAsked {
            flag: self.asked.database.clone(),
            file: self.asked.database_file.clone(),
            setting: self.database_in_file(),
        };
        match resolve_database(&asked, self.environment, self.places) {
            Ok(found) => Some(found),
            Err(problems) => {
                self.problems.extend(problems);
                None
            }
        }
    }

    /// The database that the file names; its path starts from the file.
    fn database_in_file(&self) -> Option<Sourced<String>> {
        let file = self.file?;
        let text = file.service.value(Setting::Database)?;
        let whole = text.value.strip_prefix("sqlite:").filter(|path| !path.is_empty()).map(|path| {
            let path = file.path(path.strip_prefix("//").unwrap_or(path), self.places.home.as_deref());
            format!("sqlite:{}", path.display())
        });
        Some(Sourced::new(whole.unwrap_or_else(|| text.value.clone()), text.source.clone()))
    }

    /// Notes what is wrong with a setting. Beside a line of the file its key is told as well.
    pub(super) fn note(&mut self, source: Source, setting: Setting, wrong: &str) {
        if self.file.is_some_and(|file| file.service.is_known_wrong(setting, &source)) {
            return;
        }
        let text = match source {
            Source::File { .. } => format!("{} {wrong}", setting.key()),
            _ => wrong.to_string(),
        };
        self.problems.add(source, text);
    }
}
