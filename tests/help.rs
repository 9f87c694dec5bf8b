//! What `--help` says.

use clap::Command;
use relay_scrub::cli::arguments::command;

#[test]
fn every_help_is_as_it_was_reviewed() {
    let mut program = command().term_width(100);
    program.build();
    insta::assert_snapshot!("help", program.render_long_help());
    review(&mut program, "help");
}

/// Looks at the help of each command below this one.
fn review(program: &mut Command, path: &str) {
    for command in program.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let path = format!("{path}_{}", command.get_name());
        insta::assert_snapshot!(path.clone(), command.render_long_help());
        review(command, &path);
    }
}

#[test]
fn a_secret_typed_as_a_flag_is_not_repeated() {
    for flag in ["--client-secret", "--access-token", "--password", "--jwt-key"] {
        let typed = format!("{flag}=planted");
        let error = command().try_get_matches_from(["relay-scrub", "scrub", &typed]).expect_err("no such flag");
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}
