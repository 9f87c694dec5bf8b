//! What `completions` and `man` take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

pub(super) const EXAMPLES: &str = "\
Examples:
  source <(relay-scrub completions bash)
      in ~/.bashrc
  source <(relay-scrub completions zsh)
      in ~/.zshrc, after compinit
  relay-scrub completions fish | source
      in ~/.config/fish/config.fish
  eval (relay-scrub completions elvish | slurp)
      in rc.elv
  relay-scrub completions powershell | Out-String | Invoke-Expression
      in $PROFILE";

/// What `completions` takes.
#[derive(Args, Clone)]
pub struct CompletionsArguments {
    /// The shell
    #[arg(value_name = "SHELL")]
    pub shell: Shell,
}

/// A shell that completions are made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shell {
    /// GNU Bash
    Bash,
    /// Z shell
    Zsh,
    /// fish
    Fish,
    /// Elvish
    Elvish,
    /// PowerShell
    Powershell,
}

impl Shell {
    /// Its name, as it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::Zsh => "zsh",
            Self::Fish => "fish",
            Self::Elvish => "elvish",
            Self::Powershell => "powershell",
        }
    }
}

/// What `man` takes.
#[derive(Args, Clone)]
pub struct ManArguments {
    /// Where to write relay-scrub.1, relay-scrub-scrub.1 and the others [default: the first of them to stdout]
    #[arg(value_name = "DIR")]
    pub folder: Option<PathBuf>,
}
