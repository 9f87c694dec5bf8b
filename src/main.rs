//! The `relay-scrub` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    relay_scrub::cli::run(std::env::args_os())
}
