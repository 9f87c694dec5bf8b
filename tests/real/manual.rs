//! The manual, held by the checker that the BSDs use.

use std::process::Command;

use crate::support::program::Program;

#[tokio::test(flavor = "multi_thread")]
async fn the_checker_of_manual_pages_finds_nothing() {
    let (ran, folder) = Program::new(["man", "pages"]).run_in_folder().await;
    assert_eq!(ran.code, 0, "{ran:?}");
    let mut pages = 0;
    for page in std::fs::read_dir(folder.path().join("pages")).expect("the pages") {
        let page = page.expect("a page").path();
        let lint = Command::new("mandoc").args(["-T", "lint"]).arg(&page).output().expect("mandoc");
        let said = String::from_utf8_lossy(&lint.stdout).into_owned() + &String::from_utf8_lossy(&lint.stderr);
        assert!(lint.status.success() && said.is_empty(), "{said}");
        pages += 1;
    }
    assert!(pages > 5, "{pages} pages");
}
