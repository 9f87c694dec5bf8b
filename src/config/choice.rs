//! Which orgs are meant.

use glob::Pattern;

use super::asked::Asked;
use super::environment::Environment;
use super::error::ConfigErrors;
use super::file::ConfigFile;
use super::nearest::{and_list, within_two_edits};
use super::places::{self, Places};
use super::section::Section;
use super::setting::{DEFINITIONS, Setting};
use super::source::Source;
use super::value;
use crate::secrets::looks_like_one;

/// Where somebody who has no file finds one to begin with.
pub const EXAMPLE_FILE: &str = "`relay-scrub --help` has an example";

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

/// What of flags and environment says which org is meant, where none is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Description {
    /// An address.
    Address,
    /// An SFDX auth URL, which has the address in it.
    SfdxAuthUrl,
    /// An alias of the Salesforce CLI, which tells the address.
    SalesforceCli,
}

impl Description {
    /// The setting that it is.
    fn setting(self) -> Setting {
        match self {
            Self::Address => Setting::InstanceUrl,
            Self::SfdxAuthUrl => Setting::SfdxAuthUrlFile,
            Self::SalesforceCli => Setting::TargetOrg,
        }
    }

    /// The description, and where it stands: a flag comes before the environment, and what names more of the login
    /// before the mere address. In the environment the address is first, for `SF_TARGET_ORG` is set for other purposes.
    pub(super) fn of(asked: &Asked, environment: &Environment) -> Option<(Self, Source)> {
        let ways = [Self::SalesforceCli, Self::SfdxAuthUrl, Self::Address].map(|way| (way, way.setting()));
        let by_flag = ways.into_iter().find_map(|(description, setting)| {
            let given = asked.text(setting).is_some() || asked.path(setting).is_some();
            Some((description, Source::Flag(setting.definition().flag.filter(|_| given)?)))
        });
        by_flag.or_else(|| {
            ways.into_iter().rev().find_map(|(description, setting)| {
                let mut variables = setting.definition().variables.iter();
                let variable = variables.find(|variable| environment.get(variable).is_some())?;
                Some((description, Source::Environment((*variable).to_string())))
            })
        })
    }
}

/// What the choice is made by.
#[derive(Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) asked: &'a Asked,
    pub(super) environment: &'a Environment,
    pub(super) places: &'a Places,
    pub(super) file: Option<&'a ConfigFile>,
    /// Whether only an address describes an org: there will be no login that could tell it.
    pub(super) by_address: bool,
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
            None => return self.check_description(problems),
        };
        for flag in self.identity_flags() {
            problems
                .add(Source::Flag(flag), format!("says which org is meant, and so does {named}: give one of the two"));
        }
    }

    /// Notes an SFDX auth URL beside an alias: each says which org is meant.
    fn check_description(self, problems: &mut ConfigErrors) {
        if self.asked.target_org.is_some() && self.asked.sfdx_auth_url_file.is_some() {
            let text = "says which org is meant, and so does --target-org: give one of the two";
            problems.add(Source::Flag("--sfdx-auth-url-file"), text);
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
    /// What lies in the environment does not win over a file that somebody named: that is asked back.
    /// Then the file alone says which org it is: a token that lies in the environment was not meant for it.
    fn unnamed(self, problems: &mut ConfigErrors) -> Option<Chosen<'a>> {
        let described = Description::of(self.asked, self.environment);
        if let Some((description, source)) = described
            && (description == Description::Address || !self.by_address)
        {
            return match self.file_beside(&source) {
                None => Some(Chosen::Described),
                Some((file, named)) => {
                    let text = format!(
                        "says which org is meant, and {named} names {}, which has {}: name one of these, or give {} for \
                         another",
                        file.shown.display(),
                        self.names(),
                        description.setting().definition().flag.unwrap_or_default()
                    );
                    problems.add(source, text);
                    None
                }
            };
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
                format!("which sandbox? Name it: that fills the [sandboxes] template of {}", file.shown.display())
            }
            Some(file) => format!("which org? {} has none: give --instance-url", file.shown.display()),
            None => {
                let flags = self.without_file();
                format!("which org? Give {flags}, or write a configuration file ({})", self.no_file())
            }
        };
        problems.add(None, text);
        None
    }

    /// The file that somebody named, where it has orgs, beside a description that lies in the environment alone: which of
    /// the two is meant can't be told.
    fn file_beside(self, description: &Source) -> Option<(&'a ConfigFile, Source)> {
        let file = self.file.filter(|file| !file.orgs.is_empty())?;
        let named = places::named(self.asked, self.environment)?;
        matches!(description, Source::Environment(_)).then_some((file, named.source))
    }

    fn all(self, problems: &mut ConfigErrors) -> Vec<Chosen<'a>> {
        let orgs = self.file.map(|file| file.orgs.as_slice()).unwrap_or_default();
        if orgs.is_empty() {
            let text = match self.file {
                Some(file) if file.sandboxes.is_some() => format!(
                    "is every section [orgs.NAME], and {} has the [sandboxes] template alone, which fits any name: name \
                     the sandboxes instead",
                    file.shown.display()
                ),
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
            let text = format!(
                "no org can be called {names} without a configuration file ({}). Give {} instead, or write the file",
                self.no_file(),
                self.without_file()
            );
            problems.add(None, text);
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

    /// The flags that say which org is meant where there is no file.
    fn without_file(self) -> &'static str {
        if self.by_address {
            "--instance-url"
        } else {
            "--target-org ALIAS (a login of the Salesforce CLI) or --instance-url"
        }
    }

    fn no_file(self) -> String {
        format!("looked for {}; {EXAMPLE_FILE}", self.places.searched())
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
