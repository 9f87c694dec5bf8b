//! `relay-scrub man`: the manual, a page for each command, made from the definition of the command line.

use std::io;
use std::path::Path;

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};

use super::arguments::{self, ManArguments};
use super::console::Console;
use super::error::CliError;

/// When the manual last changed in more than words.
const DATE: &str = "2026-11-24";
/// A text line of a manual page is no wider; the parts of one are a paragraph all the same.
const WIDTH: usize = 78;

/// Writes every page into the folder, or the first page to stdout.
pub(super) fn run(arguments: &ManArguments, console: &Console) -> Result<u8, CliError> {
    let pages = pages().map_err(CliError::System)?;
    match &arguments.folder {
        Some(folder) => write(&pages, folder)?,
        None => {
            let page = pages.first().map(|(_, page)| page.as_slice()).unwrap_or_default();
            console.product(page).map_err(|error| CliError::Result { to: "stdout".into(), error })?;
        }
    }
    Ok(0)
}

fn write(pages: &[(String, Vec<u8>)], folder: &Path) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|error| CliError::Output { path: folder.into(), error })?;
    for (name, page) in pages {
        let path = folder.join(name);
        std::fs::write(&path, page).map_err(|error| CliError::Output { path, error })?;
    }
    Ok(())
}

/// Every page with the name of its file, the program's own first.
fn pages() -> io::Result<Vec<(String, Vec<u8>)>> {
    let mut program = arguments::command().disable_help_subcommand(true);
    program.build();
    let mut pages = Vec::new();
    add(&mut pages, &program, None)?;
    Ok(pages)
}

/// Adds the page of a command and those of the commands below it.
fn add(pages: &mut Vec<(String, Vec<u8>)>, command: &Command, parent: Option<&str>) -> io::Result<()> {
    let name = match parent {
        Some(parent) => format!("{parent}-{}", command.get_name()),
        None => command.get_name().to_string(),
    };
    pages.push((format!("{name}.1"), page(command, &name, parent)?));
    let shown = |command: &&Command| !command.is_hide_set() && command.get_name() != "help";
    command.get_subcommands().filter(shown).try_for_each(|below| add(pages, below, Some(&name)))
}

fn page(command: &Command, name: &str, parent: Option<&str>) -> io::Result<Vec<u8>> {
    let usage = command.clone().render_usage().to_string();
    // Every flag has its paragraph below; a synopsis of all of them tells nothing.
    let usage = usage.trim_start_matches("Usage: ").to_string();
    let man = Man::new(command.clone().override_usage(usage).mut_args(with_values_in_its_help));
    let mut sections = Vec::new();
    man.render_name_section(&mut sections)?;
    man.render_synopsis_section(&mut sections)?;
    man.render_description_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut sections)?;
    }
    after_help(command).to_writer(&mut sections)?;
    see_also(parent).to_writer(&mut sections)?;
    let mut page = Roff::new();
    let source = concat!("relay-scrub ", env!("CARGO_PKG_VERSION"));
    page.control("TH", [name.to_uppercase().as_str(), "1", DATE, source, "User Commands"]);
    // A variable's name that is divided is no longer the name.
    page.control("nh", []);
    let page = format!("{}{}", page.to_roff(), tidy(&String::from_utf8_lossy(&sections)));
    Ok(page.into_bytes())
}

/// An argument that lists its values in its help: as a list of their own they would be set apart by empty paragraphs, which
/// checkers of manual pages report.
fn with_values_in_its_help(argument: Arg) -> Arg {
    let values: Vec<String> = argument.get_possible_values().iter().map(|value| value.get_name().to_string()).collect();
    if values.is_empty() || !argument.get_action().takes_values() {
        return argument;
    }
    let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
    argument.hide_possible_values(true).help(format!("{help} [possible values: {}]", values.join(", ")))
}

/// The sections without what each of them repeats, and without lines that are too long or end with blanks.
fn tidy(sections: &str) -> String {
    let mut page = String::new();
    let mut as_it_is = false;
    // A definition for apostrophes stands before each section.
    let preamble: Vec<&str> = sections.lines().take(2).collect();
    page.extend(preamble.iter().flat_map(|line| [line, "\n"]));
    for line in sections.lines().filter(|line| !preamble.contains(line)) {
        as_it_is = line == ".nf" || as_it_is && line != ".fi";
        if as_it_is || line.starts_with('.') {
            page.push_str(line.trim_end());
            page.push('\n');
            continue;
        }
        let options = textwrap::Options::new(WIDTH).break_words(false);
        for part in textwrap::wrap(line.trim_end(), options.word_splitter(textwrap::WordSplitter::NoHyphenation)) {
            // A line that begins with one of these would be a request.
            page.push_str(if part.starts_with(['.', '\'']) { "\\&" } else { "" });
            page.push_str(&part);
            page.push('\n');
        }
    }
    page
}

/// What follows the help: each part of it that has a heading becomes a section, its lines as they are.
fn after_help(command: &Command) -> Roff {
    let mut page = Roff::new();
    let text = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
    let mut as_it_is = false;
    for line in text.lines() {
        match line.strip_suffix(':').filter(|heading| !heading.starts_with(' ')) {
            Some(heading) => {
                if as_it_is {
                    page.control("fi", []);
                }
                page.control("SH", [heading.to_uppercase().as_str()]).control("nf", []);
                as_it_is = true;
            }
            None => {
                page.text([roman(line)]);
            }
        }
    }
    if as_it_is {
        page.control("fi", []);
    }
    page
}

fn see_also(parent: Option<&str>) -> Roff {
    let mut page = Roff::new();
    page.control("SH", ["SEE ALSO"]);
    page.text([bold(parent.unwrap_or("relay-scrub-scrub")), roman("(1)")]);
    page
}
