//! The configuration file: its sections, and what is wrong with it, by line.

use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue};

use super::error::ConfigErrors;
use super::nearest::{nearest, or_list};
use super::places::Found;
use super::section::{Reader, Section, in_order};
use super::setting::{DEFINITIONS, SectionKind};
use crate::domain::printable::excerpt;

/// The sections that may stand in the file, as they begin.
const SECTIONS: [&str; 5] = ["defaults", "orgs", "sandboxes", "guard", "service"];

/// The configuration file, read and checked.
pub(super) struct ConfigFile {
    /// As it is shown.
    pub(super) shown: PathBuf,
    folder: PathBuf,
    pub(super) defaults: Section,
    /// In the order of the file.
    pub(super) orgs: Vec<Section>,
    pub(super) sandboxes: Option<Section>,
    pub(super) guard: Section,
    pub(super) service: Section,
}

impl ConfigFile {
    /// Reads the file. Nothing comes back where it is no TOML: what it means can't be told then.
    ///
    /// All keys and values are checked here, those of orgs that nobody asked for too.
    pub(super) fn parse(found: &Found, problems: &mut ConfigErrors) -> Option<Self> {
        let mut reader = Reader::new(found, &mut *problems);
        // The library's own text shows the line, and there may be a secret on it: its message alone does not.
        let (root, mut errors) = DeTable::parse_recoverable(&found.text);
        errors.sort_by_key(|error| error.span().map(|span| span.start));
        for error in &errors {
            let source = error.span().map(|span| reader.source(span.start));
            reader.problems.add(source, format!("not valid TOML: {}", error.message()));
        }
        if !errors.is_empty() {
            return None;
        }
        let mut file = Self {
            shown: found.shown.clone(),
            folder: found.folder.clone(),
            defaults: Section::default(),
            orgs: Vec::new(),
            sandboxes: None,
            guard: Section::default(),
            service: Section::default(),
        };
        file.read(&mut reader, root.get_ref());
        Some(file)
    }

    fn read(&mut self, reader: &mut Reader<'_>, root: &DeTable<'_>) {
        for (key, value) in in_order(root) {
            let source = reader.source(key.span().start);
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("defaults", DeValue::Table(table)) => {
                    self.defaults = reader.section(SectionKind::Defaults, None, table);
                }
                ("sandboxes", DeValue::Table(table)) => {
                    self.sandboxes = Some(reader.section(SectionKind::Sandboxes, None, table));
                }
                ("guard", DeValue::Table(table)) => self.guard = reader.section(SectionKind::Guard, None, table),
                ("orgs", DeValue::Table(table)) => self.read_orgs(reader, table),
                ("service", DeValue::Table(table)) => {
                    self.service = reader.section(SectionKind::Service, None, table);
                }
                (name, _) if SECTIONS.contains(&name) => {
                    reader.problems.add(source, format!("{name} must be a section: [{name}]"));
                }
                (name, value) => reader.problems.add(source, unknown_section(name, value.is_table())),
            }
        }
    }

    fn read_orgs(&mut self, reader: &mut Reader<'_>, table: &DeTable<'_>) {
        for (key, value) in in_order(table) {
            let name = key.get_ref().as_ref();
            let source = reader.source(key.span().start);
            let DeValue::Table(table) = value.get_ref() else {
                let text = format!("`{}` must stand in a section of an org: [orgs.NAME]", excerpt(name, 60));
                reader.problems.add(source, text);
                continue;
            };
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            if name.is_empty() || !name.bytes().all(fits) {
                let text = format!("an org's name has letters, digits, `-`, `_` and `.` only: `{}`", excerpt(name, 60));
                reader.problems.add(source, text);
                continue;
            }
            self.orgs.push(reader.section(SectionKind::Org, Some(name), table));
        }
    }

    /// The names of the orgs, in the order of the file.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.orgs.iter().map(|section| section.name.as_str())
    }

    /// The section of the org of this name.
    pub(super) fn org(&self, name: &str) -> Option<&Section> {
        self.orgs.iter().find(|section| section.name == name)
    }

    /// What a path in the file means: it starts from the file's folder, and `~/` from the home.
    pub(super) fn path(&self, text: &str, home: Option<&Path>) -> PathBuf {
        match (text.strip_prefix("~/"), home) {
            (Some(rest), Some(home)) => home.join(rest),
            _ => self.folder.join(text),
        }
    }
}

fn unknown_section(name: &str, is_table: bool) -> String {
    let shown = excerpt(name, 60);
    if let Some(known) = DEFINITIONS.iter().find(|definition| definition.key == name) {
        let headers = or_list(known.sections.iter().map(|section| section.header()));
        return format!("{name} stands outside of a section, and belongs in {headers}");
    }
    let what = if is_table { format!("section [{shown}]") } else { format!("key `{shown}` outside of a section") };
    match nearest(name, SECTIONS) {
        Some(meant) => format!("unknown {what}; did you mean [{meant}{}]?", if meant == "orgs" { ".NAME" } else { "" }),
        None => format!("unknown {what}; the sections are [defaults], [orgs.NAME], [sandboxes], [guard] and [service]"),
    }
}
