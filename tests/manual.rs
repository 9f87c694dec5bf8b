//! `relay-scrub man`. What a checker of manual pages says of it is in `tests/real/manual.rs`.

use relay_scrub::cli::arguments::command;

use crate::support::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn every_command_has_a_page_with_all_of_its_flags() {
    let (ran, folder) = Program::new(["man", "new/folder"]).run_in_folder().await;
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""), "{ran:?}");
    let mut program = command();
    program.build();
    let page = |name: &str| {
        let path = folder.path().join("new/folder").join(format!("{name}.1"));
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}")).replace('\\', "")
    };
    let mut open = vec![("relay-scrub".to_string(), &program)];
    let mut pages = 0;
    while let Some((name, command)) = open.pop() {
        let text = page(&name);
        for flag in command.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(text.contains(&format!("--{flag}")), "--{flag} in {name}");
        }
        for below in command.get_subcommands().filter(|command| command.get_name() != "help") {
            let below = (format!("{name}-{}", below.get_name()), below);
            assert!(text.contains(&format!("{}(1)", below.0)), "{} in {name}", below.0);
            open.push(below);
        }
        pages += 1;
    }
    assert_eq!(std::fs::read_dir(folder.path().join("new/folder")).expect("the pages").count(), pages);
    let scrub = page("relay-scrub-scrub");
    assert!(scrub.contains(".SH \"EXIT CODES\"\n.nf\n  0    every org is clean"), "{scrub}");
    assert!(scrub.contains("\n.nh\n"), "a name that is typed is not divided: {scrub}");
    assert!(scrub.contains(".SH EXAMPLES\n.nf\n"), "{scrub}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_folder_the_first_page_is_printed_and_where_none_can_be_made_that_is_said() {
    let ran = Program::new(["man"]).run().await;
    assert!(ran.code == 0 && ran.stdout.contains(".TH RELAY-SCRUB 1 "), "{ran:?}");
    let ran = Program::new(["man", "file/below"]).file("file", "").run().await;
    assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran:?}");
    assert!(ran.stderr.contains("file/below can't be written"), "{ran:?}");
}
