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

/// A line that is broken by hand is broken again by a terminal that is narrower.
#[test]
fn what_follows_the_help_fits_80_columns() {
    let mut program = command();
    program.build();
    let mut open = vec![&program];
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands());
        let after = command.get_after_long_help().map(ToString::to_string).unwrap_or_default();
        let wide: Vec<_> = after.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{}: {wide:#?}", command.get_name());
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
