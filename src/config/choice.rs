//! Which orgs are meant.

use glob::Pattern;

use super::asked::Asked;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::nearest::{and_list, within_two_edits};
use super::places::Places;
use super::section::Section;
use super::setting::{DEFINITIONS, Setting};
use super::source::Source;
use super::value;
use crate::secrets::looks_like_one;

/// An org that is meant, and what tells about it.
pub(super) enum Chosen<'a> {
    /// No name: flags and environment say which.
    Described,
    /// A section of its own.
    Named(&'a Section),
    /// A sandbox without one: its name fills the template.
    Sandbox { name: String, template: &'a Section },
}

impl Chosen<'_> {
    /// The org's name, where it has one.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Described => None,
            Self::Named(section) => Some(&section.name),
            Self::Sandbox { name, .. } => Some(name),
        }
    }
}

/// What the choice is made by.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) asked: &'a Asked,
    pub(super) environment: &'a Environment,
    pub(super) places: &'a Places,
    pub(super) file: Option<&'a ConfigFile>,
}

impl<'a> Question<'a> {
    /// The orgs that are meant, each once, in the order in which they were asked for.
    pub(super) fn answer(self, problems: &mut ConfigErrors) -> Vec<Chosen<'a>> {
        match (self.asked.all, self.asked.orgs.as_slice()) {
            (false, []) => self.unnamed(problems).into_iter().collect(),
            (true, []) => self.all(problems),
            (false, names) => self.named(names, problems),
            (true, [name, ..]) => {
                let text =
                    format!("is every org of the file already: give it, or names such as {}, not both", shown(name));
                problems.add(Source::Flag("--all"), text);
                Vec::new()
            }
        }
    }

    /// Notes flags that say which org is meant, where a name or `--all` says so already.
    pub(super) fn check_identity(self, problems: &mut ConfigErrors) {
        let named = match self.asked.orgs.first() {
            Some(name) => shown(name),
            None if self.asked.all => "--all".into(),
            None => return,
        };
        for flag in self.identity_flags() {
            problems
                .add(Source::Flag(flag), format!("says which org is meant, and so does {named}: give one of the two"));
        }
    }

    fn identity_flags(self) -> impl Iterator<Item = &'static str> {
        let given = move |setting| self.asked.text(setting).is_some() || self.asked.path(setting).is_some();
        DEFINITIONS
            .iter()
            .filter(move |definition| definition.identity && given(definition.setting))
            .filter_map(|definition| definition.flag)
    }

    /// Flags and environment describe the org, where they have its address; else it is the only org of the file.
    ///
    /// Then the file alone says which org it is: a token that lies in the environment was not meant for it.
    fn unnamed(self, problems: &mut ConfigErrors) -> Option<Chosen<'a>> {
        let variables = Setting::InstanceUrl.definition().variables;
        if self.asked.instance_url.is_some()
            || variables.iter().any(|variable| self.environment.get(variable).is_some())
        {
            return Some(Chosen::Described);
        }
        if let Some(flag) = self.identity_flags().next() {
            let text = "belongs to an org that has no name, whose address is needed too: give --instance-url or \
                        RELAY_SCRUB_INSTANCE_URL";
            problems.add(Source::Flag(flag), text);
            return None;
        }
        let orgs = self.file.map(|file| file.orgs.as_slice()).unwrap_or_default();
        if let [only] = orgs {
            return Some(Chosen::Named(only));
        }
        let template = self.file.is_some_and(|file| file.sandboxes.is_some());
        let text = match self.file {
            Some(file) if !orgs.is_empty() => {
                format!("which org? {} has {}: name some of them, or give --all", file.shown.display(), self.names())
            }
            Some(file) if template => {
                format!("which sandbox? Its name fills the [sandboxes] template of {}", file.shown.display())
            }
            Some(file) => format!("which org? {} has none: give --instance-url", file.shown.display()),
            None => format!("which org? Give --instance-url, or a configuration file ({})", self.no_file()),
        };
        problems.add(None, text);
        None
    }

    fn all(self, problems: &mut ConfigErrors) -> Vec<Chosen<'a>> {
        let orgs = self.file.map(|file| file.orgs.as_slice()).unwrap_or_default();
        if orgs.is_empty() {
            let text = match self.file {
                Some(file) => format!("{} has no section [orgs.NAME]", file.shown.display()),
                None => format!("is every org of the configuration file, and there is none ({})", self.no_file()),
            };
            problems.add(Source::Flag("--all"), text);
        }
        orgs.iter().map(Chosen::Named).collect()
    }

    fn named(self, names: &[String], problems: &mut ConfigErrors) -> Vec<Chosen<'a>> {
        let Some(file) = self.file else {
            let names = and_list(names.iter().map(|name| shown(name)));
            problems
                .add(None, format!("no org can be called {names} without a configuration file ({})", self.no_file()));
            return Vec::new();
        };
        let mut chosen: Vec<Chosen<'a>> = Vec::new();
        for name in names {
            let found = if !is_plain(name) {
                Err(not_a_name(name))
            } else if let Some(section) = file.org(name) {
                Ok(vec![Chosen::Named(section)])
            } else if name.contains(['*', '?', '[']) {
                self.matching(file, name)
            } else {
                self.sandbox(file, name).map(|sandbox| vec![sandbox])
            };
            match found {
                Ok(found) => {
                    for new in found {
                        if !chosen.iter().any(|old| old.name() == new.name()) {
                            chosen.push(new);
                        }
                    }
                }
                Err(text) => problems.add(None, text),
            }
        }
        chosen
    }

    fn matching(self, file: &'a ConfigFile, pattern: &str) -> Result<Vec<Chosen<'a>>, String> {
        let shown = shown(pattern);
        let matcher = Pattern::new(pattern).map_err(|error| format!("{shown} is no pattern: {}", error.msg))?;
        let matching: Vec<_> = file.orgs.iter().filter(|org| matcher.matches(&org.name)).map(Chosen::Named).collect();
        if matching.is_empty() {
            return Err(format!("no org of {} matches {shown}: it has {}", file.shown.display(), self.names()));
        }
        Ok(matching)
    }

    /// Fills the template, unless the name looks like a section's mistyped.
    fn sandbox(self, file: &'a ConfigFile, name: &str) -> Result<Chosen<'a>, String> {
        let shown = shown(name);
        let unknown = format!("no org of {} is called {shown}", file.shown.display());
        let lower = name.to_ascii_lowercase();
        // Case is never what tells a sandbox without a section from one that has it: --template doesn't help here.
        if let Some(meant) = file.names().find(|known| known.to_ascii_lowercase() == lower) {
            return Err(format!("{unknown}; did you mean {meant}?"));
        }
        let near = within_two_edits(name, file.names());
        match (near, &file.sandboxes) {
            (Some(meant), None) => Err(format!("{unknown}; did you mean {meant}? It has {}", self.names())),
            (Some(meant), Some(_)) if !self.asked.template => Err(format!(
                "{unknown}; did you mean {meant}? If a sandbox of the name {shown} is meant, give --template"
            )),
            (None, None) => Err(format!("{unknown}: it has {}", self.names())),
            (_, Some(template)) => match value::sandbox_name(name) {
                Ok(name) => Ok(Chosen::Sandbox { name, template }),
                Err(_) => Err(format!(
                    "{unknown} (it has {}), and it can't fill the [sandboxes] template: a sandbox's name is 1 to 10 \
                     letters and digits",
                    self.names()
                )),
            },
        }
    }

    fn names(self) -> String {
        let names: Vec<&str> = self.file.into_iter().flat_map(ConfigFile::names).collect();
        if names.is_empty() { "no section [orgs.NAME]".into() } else { and_list(names) }
    }

    fn no_file(self) -> String {
        format!("looked for {}", self.places.searched())
    }
}

/// Whether it can be a name or a pattern of names.
fn is_plain(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.*?[]!".contains(&byte);
    (1..=80).contains(&name.len()) && !(name.starts_with("00D") && name.contains('!')) && name.bytes().all(fits)
}

/// The name in backticks; one that can't be a name is not repeated, for it may be an address or a token.
fn shown(name: &str) -> String {
    if is_plain(name) && !looks_like_one(name) { format!("`{name}`") } else { "what was given as a name".into() }
}

fn not_a_name(name: &str) -> String {
    let hint = if name.contains("://") { "; an address goes with --instance-url" } else { "" };
    format!("one of the orgs asked for is not a name: letters, digits, `-`, `_` and `.`, or a pattern of them{hint}")
}
