//! Where the project is written.

use std::fs;

use super::{Program, Ran, setup};

const LINE: [&str; 3] = ["setup", "sf", "--no-webhook"];

#[tokio::test(flavor = "multi_thread")]
async fn the_whole_project_is_as_it_was_reviewed() {
    let arguments = ["--webhook-url", "https://relay-scrub.acme.com", "--contact-email", "admin@acme.com"];
    let more = ["--certificate", "app.crt", "--username", "scrubber@acme.com"];
    let (ran, folder) = setup(&[&arguments[..], &more[..]].concat()).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    insta::assert_snapshot!("said", ran.stdout.replace('\\', "/"));
    let listed = ran.stdout.lines().filter_map(|line| line.strip_prefix("  "));
    let mut whole = String::new();
    for path in listed {
        let text = fs::read_to_string(folder.path().join("sf").join(path)).expect("a file that was listed");
        whole += &format!("==== {path}\n{text}\n");
    }
    insta::assert_snapshot!("project", whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_overwritten_without_force_and_everything_with_it() {
    let mine = "mine";
    let begin = |arguments: &[&'static str]| {
        let program = Program::new(LINE.into_iter().chain(arguments.iter().copied()));
        fs::create_dir(program.path("sf")).expect("a folder");
        program.file("sf/README.md", mine).file("sf/other", mine)
    };
    let (ran, folder) = begin(&[]).run_in_folder().await;
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a file");
    assert_eq!(ran.code, 2, "{ran:?}");
    let said = "sf has README.md already, and nothing is overwritten without --force. Nothing was written.\n";
    assert_eq!(ran.stderr, said);
    assert_eq!(
        (read("sf/README.md"), fs::read_dir(folder.path().join("sf")).expect("a folder").count()),
        (mine.into(), 2)
    );

    let (ran, folder) = begin(&["--force"]).run_in_folder().await;
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a file");
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(read("sf/README.md").starts_with("# relay-scrub in Salesforce"));
    assert_eq!(read("sf/other"), mine);
    let leftovers = fs::read_dir(folder.path().join("sf"))
        .expect("a folder")
        .filter(|entry| entry.as_ref().expect("an entry").file_name().to_string_lossy().starts_with(".relay-scrub"));
    assert_eq!(leftovers.count(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_earlier_project_left_is_named_and_nothing_else() {
    let classes = "sf/force-app/main/default/classes";
    let (ran, folder) = setup(&["--webhook-url", "https://relay-scrub.acme.com"]).run_in_folder().await;
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
    let again = |arguments: &[&'static str]| {
        let mut program = Program::new(LINE.into_iter().chain(["--force"]).chain(arguments.iter().copied()));
        let mut open = vec![folder.path().join("sf")];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(path).expect("a folder").map(|entry| entry.expect("an entry").path()));
                continue;
            }
            let name = path.strip_prefix(folder.path()).expect("below").to_str().expect("a name").to_string();
            fs::create_dir_all(program.path(&name).parent().expect("a folder")).expect("folders");
            program = program.file(&name, &fs::read_to_string(&path).expect("a file"));
        }
        program.file(&format!("{classes}/Mine.cls"), "public class Mine {}")
    };
    let named = |ran: &Ran| {
        let (_, after) = ran.stderr.split_once("Of an earlier project, and none of this one:\n").expect("told");
        let lines = after.lines().map_while(|line| line.strip_prefix("  "));
        lines.map(str::to_string).collect::<Vec<_>>()
    };

    let (ran, _) = again(&[]).run_in_folder().await;
    let left = named(&ran);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(left.contains(&"force-app/main/default/remoteSiteSettings/Relay_Scrub_Webhook.remoteSite-meta.xml".into()));
    assert!(left.iter().any(|path| path.starts_with("webhook-record/")), "{left:?}");
    assert!(left.iter().all(|path| !path.contains("/classes/")), "the class has the same name: {left:?}");

    let (ran, _) = again(&["--class-name", "AfterCopy"]).run_in_folder().await;
    let left: Vec<_> = named(&ran).into_iter().filter(|path| path.contains("/classes/")).collect();
    let class = ["RelayScrubPostCopy.cls", "RelayScrubPostCopy.cls-meta.xml"];
    let test = ["RelayScrubPostCopyTest.cls", "RelayScrubPostCopyTest.cls-meta.xml"];
    let old = class.iter().chain(&test).map(|name| format!("force-app/main/default/classes/{name}"));
    assert_eq!(left, old.collect::<Vec<_>>(), "{ran:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_ends_with_two_even_with_force() {
    let program = Program::new(LINE.into_iter().chain(["--force"])).file("sf", "mine");
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 2, "{ran:?}");
    assert_eq!(ran.stderr, "sf is in the way: it is no folder. Nothing was written; give another folder.\n");
    assert_eq!(fs::read_to_string(folder.path().join("sf")).expect("a file"), "mine");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_can_not_be_made_ends_with_one_and_leaves_nothing() {
    let name = "x".repeat(300);
    let program = Program::new(["setup", &name, "--no-webhook"]);
    let (ran, folder) = program.run_in_folder().await;
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stderr.contains("can't be written") && ran.stderr.contains("Nothing was written"), "{ran:?}");
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}
