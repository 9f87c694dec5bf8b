//! Names that an org's users choose, and that want to be more than names.

use relay_scrub::simulator::{Relay, SimulatedOrg, Simulator};

use super::{add, simulator};
use crate::support::program::{Program, Ran, sandbox};

const HOSTILE: [&str; 6] = [
    "\u{1b}[2J\u{1b}]0;owned\u{7}",
    "a\n::error::owned",
    "##[add-mask]owned",
    "\u{202e}gnp.exe\u{2066}",
    "](https://evil.example) | <img src=x onerror=alert(1)> `x` **b**",
    "\r\u{9b}31m\u{200b}::stop-commands::owned\t::set-output name=x::y",
];

async fn org(simulator: &Simulator, name: &str) -> SimulatedOrg {
    let relay = Relay::exposed(&format!("smtp{name}"), &format!("user{name}@acme.com"), "planted");
    let org = add(simulator, sandbox(&format!("Acme {name}")).relay(relay)).await;
    org.refuse_updates(&org.relays()[0].id, "FIELD_INTEGRITY_EXCEPTION", &format!("because {name}"), None);
    org
}

async fn run(org: &SimulatedOrg, arguments: &[&str]) -> (Ran, String) {
    let program = Program::scrub(org, arguments.iter().copied().chain(["--show-usernames"]));
    let summary = program.path("summary.md");
    let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", summary);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    let summary = std::fs::read_to_string(folder.path().join("summary.md")).expect("a summary");
    (ran, summary)
}

fn steers(character: char) -> bool {
    let invisible = matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}');
    invisible || character.is_control() && character != '\n'
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_steers_no_terminal_and_commands_no_runner() {
    let simulator = simulator().await;
    for name in HOSTILE {
        for arguments in [&["-vvv"][..], &["--json", "-vvv", "--log-format", "json"], &["--dry-run"]] {
            let org = org(&simulator, name).await;
            let (ran, summary) = if arguments.contains(&"--dry-run") {
                org.edit(|state| state.users[0].hidden_fields.push("Password".into()));
                run(&org, arguments).await
            } else {
                run(&org, arguments).await
            };
            for (place, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr), ("the summary", &summary)] {
                assert!(!text.contains(steers), "{name:?} in {place}: {text:?}");
                assert!(!text.contains("##["), "{name:?} in {place}: {text}");
                let commands: Vec<_> = text.lines().filter(|line| line.trim_start().starts_with("::")).collect();
                let ours = |line: &&str| line.starts_with("::error title=relay-scrub%3A ");
                assert!(
                    commands.iter().all(ours) && (place == "stderr" || commands.is_empty()),
                    "{place}: {commands:?}"
                );
            }
            for markup in ["<img", "](http", "`x`", "**b**"] {
                assert!(!summary.contains(markup), "{markup} in {summary}");
            }
        }
    }
}
