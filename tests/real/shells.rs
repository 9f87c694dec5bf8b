//! Completion in the shells themselves: what is typed, Tab, and what stands there then.

use std::path::Path;
use std::process::Command;

use portable_pty::CommandBuilder;
use tempfile::TempDir;

use crate::support::terminal::Terminal;

const CTRL_A: &str = "\u{1}";

/// A folder with a configuration, and the PATH on which the program is.
fn place() -> (TempDir, String) {
    let folder = tempfile::tempdir().expect("a folder");
    let org = |name: &str| format!("[orgs.{name}]\ninstance_url = \"https://a--{name}.sandbox.my.salesforce.com\"\n");
    let file: String = ["uat", "usa", "full"].map(org).concat();
    std::fs::write(folder.path().join("relay-scrub.toml"), file).expect("a configuration");
    let program = Path::new(env!("CARGO_BIN_EXE_relay-scrub")).parent().expect("its folder");
    let path = format!("{}:{}", program.display(), std::env::var("PATH").expect("a PATH"));
    (folder, path)
}

/// Completes each line in an interactive shell, and returns what then stands in place of it.
fn completed(shell: &str, arguments: &[&str], start: &str, lines: &[&str]) -> Vec<String> {
    let (folder, path) = place();
    let mut command = CommandBuilder::new(shell);
    command.args(arguments);
    command.env_clear();
    let variables = [("PATH", path.as_str()), ("TERM", "dumb"), ("LC_ALL", "C.UTF-8"), ("PS1", "> ")];
    variables.iter().for_each(|(name, value)| command.env(name, value));
    command.env("HOME", folder.path());
    command.cwd(folder.path());
    let mut terminal = Terminal::start(command);
    // The mark is put together by the shell, so that it is not in what is typed.
    terminal.enter(&format!("{start}\necho RE''ADY\n"));
    terminal.wait_for("READY");
    let complete = |line: &&str| {
        terminal.enter(&format!("{line}\t"));
        // Turned into the arguments of `echo`, the line is shown whole.
        terminal.enter(&format!("{CTRL_A}echo 'SH''OWN' \n"));
        let shown = terminal.wait_for("\r\nSHOWN ");
        assert!(shown.contains(line), "{shown}");
        terminal.wait_for("\r\n").trim().to_string()
    };
    let shown = lines.iter().map(complete).collect();
    terminal.enter("exit\n");
    shown
}

const LINES: [&str; 3] = ["relay-scrub scrub fu", "relay-scrub scrub --dry", "relay-scrub compl"];
const COMPLETED: [&str; 3] = ["relay-scrub scrub full", "relay-scrub scrub --dry-run", "relay-scrub completions"];

#[test]
fn bash_completes_orgs_flags_and_commands() {
    let start = "source <(relay-scrub completions bash)";
    assert_eq!(completed("bash", &["--norc", "--noprofile", "-i"], start, &LINES), COMPLETED);
}

#[test]
fn zsh_completes_orgs_flags_and_commands() {
    let start = "autoload -Uz compinit; compinit -D -u; source <(relay-scrub completions zsh)";
    assert_eq!(completed("zsh", &["-f", "-i"], start, &LINES), COMPLETED);
}

#[test]
fn zsh_takes_the_script_as_a_file_of_its_function_path_too() {
    let start = "mkdir functions; relay-scrub completions zsh > functions/_relay-scrub; fpath=($PWD/functions $fpath); \
                 autoload -Uz compinit; compinit -D -u";
    assert_eq!(completed("zsh", &["-f", "-i"], start, &LINES[..1]), COMPLETED[..1]);
}

#[test]
fn fish_completes_orgs_flags_and_commands() {
    let (folder, path) = place();
    for (line, expected) in
        [("scrub ", vec!["full", "uat", "usa"]), ("scrub u", vec!["uat", "usa"]), ("scrub --dry", vec!["--dry-run"])]
    {
        let script = format!("relay-scrub completions fish | source; complete -C 'relay-scrub {line}'");
        let output = Command::new("fish")
            .args(["--no-config", "-c", &script])
            .env_clear()
            .envs([("PATH", path.as_ref()), ("HOME", folder.path().as_os_str()), ("LC_ALL", "C.UTF-8".as_ref())])
            .current_dir(folder.path())
            .output()
            .expect("fish");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut words: Vec<_> = text.lines().map(|line| line.split('\t').next().unwrap_or_default()).collect();
        words.retain(|word| line != "scrub " || !word.starts_with('-'));
        words.sort_unstable();
        assert_eq!(words, expected, "{output:?}");
    }
}
