//! What `--help` says.

use relay_scrub::cli::arguments::command;

#[test]
fn every_help_is_as_it_was_reviewed() {
    let mut program = command().term_width(100);
    program.build();
    insta::assert_snapshot!("help", program.render_long_help());
    for command in program.get_subcommands_mut().filter(|command| command.get_name() != "help") {
        let name = command.get_name().to_string();
        insta::assert_snapshot!(format!("help_{name}"), command.render_long_help());
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
