//! `relay-scrub completions SHELL`, and what the shell then asks for at every press of Tab.
//!
//! A shell's script calls the program with [`VARIABLE`] set and the words typed so far, and the program answers from the
//! definition of its command line, with the orgs that the configuration names.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap_complete::env::{CompleteEnv, Shells};
use clap_complete::{ArgValueCompleter, CompletionCandidate};

use super::arguments::{self, Shell};
use super::console::Console;
use super::error::CliError;
use crate::config::{self, Asked, Environment, Places};

/// What the scripts set to the shell's name.
const VARIABLE: &str = "RELAY_SCRUB_COMPLETE";

/// zsh runs a file of its function path, here `_relay-scrub`, at the first press of Tab, which has to complete too.
const AS_A_FUNCTION: &str = "\
if [[ $funcstack[1] == _relay-scrub ]]; then
    _clap_dynamic_completer_relay_scrub \"$@\"
fi
";

/// Answers a shell that asks for completions, and returns true; false where the program was called to do its work.
///
/// A shell asks with `relay-scrub -- WORD…`, which does nothing otherwise. Were the variable enough, one that lies in the
/// environment of a pipeline would end every scrub with success and nothing done.
///
/// # Errors
/// Where the variable names no shell that is known, or the answer can't be written.
pub(super) fn answer(words: &[OsString]) -> Result<bool, clap::Error> {
    if words.get(1).is_none_or(|first| first != "--") {
        return Ok(false);
    }
    let folder = std::env::current_dir().ok();
    CompleteEnv::with_factory(arguments::command).var(VARIABLE).try_complete(words.iter().cloned(), folder.as_deref())
}

/// Prints the script that makes a shell ask. It calls the program by its name alone, so that it outlives an update.
pub(super) fn run(shell: Shell, console: &Console) -> Result<u8, CliError> {
    let lost = |error| CliError::Result { to: "stdout".into(), error };
    let mut script = Vec::new();
    let command = arguments::command();
    let name = command.get_name();
    if let Some(completer) = Shells::builtins().completer(shell.name()) {
        completer.write_registration(VARIABLE, name, name, name, &mut script).map_err(lost)?;
    }
    let more = if shell == Shell::Zsh { AS_A_FUNCTION } else { "" };
    let script = format!("{}\n{more}", String::from_utf8_lossy(script.trim_ascii()));
    console.product(script.as_bytes()).map_err(lost)?;
    Ok(0)
}

/// Completes the name of an org of the configuration.
pub(super) fn orgs() -> ArgValueCompleter {
    ArgValueCompleter::new(|typed: &OsStr| org_names(typed, std::env::args_os()))
}

/// The orgs whose names begin with what was typed; none where the configuration can't be read, for at a press of Tab there
/// is nowhere to say so.
///
/// What is completed is run, and a file in the working directory may have been put there by somebody else: the
/// configuration takes names of letters, digits, `-`, `_` and `.` alone, and one that would be a flag is left out here.
fn org_names(typed: &OsStr, words: impl Iterator<Item = OsString>) -> Vec<CompletionCandidate> {
    let typed = typed.to_string_lossy();
    let Ok(places) = Places::of_this_process() else { return Vec::new() };
    let asked = Asked { config: configuration(words), ..Asked::default() };
    let orgs = config::file_orgs(&asked, &Environment::new(std::env::vars_os()), &places).ok().flatten();
    let fits = |name: &String| name.starts_with(&*typed) && !name.starts_with('-');
    orgs.into_iter().flat_map(|orgs| orgs.names).filter(fits).map(CompletionCandidate::new).collect()
}

/// The value of `--config`, where it is among the words typed so far.
fn configuration(words: impl Iterator<Item = OsString>) -> Option<PathBuf> {
    let words: Vec<OsString> = words.collect();
    let inline = words.iter().filter_map(|word| word.to_str()?.strip_prefix("--config=").map(PathBuf::from));
    let apart = words.windows(2).filter(|pair| pair[0] == "--config").map(|pair| PathBuf::from(&pair[1]));
    inline.chain(apart).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_configuration_that_was_typed_is_the_one_that_is_read() {
        let of = |line: &str| configuration(line.split(' ').map(OsString::from));
        assert_eq!(of("relay-scrub --config a.toml scrub u"), Some(PathBuf::from("a.toml")));
        assert_eq!(of("relay-scrub scrub --config=b.toml u"), Some(PathBuf::from("b.toml")));
        assert_eq!(of("relay-scrub scrub --config"), None);
    }
}
