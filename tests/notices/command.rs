//! Told by a program.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;

/// A program of these lines, in the shelf's folder, which is its first argument too.
fn program(shelf: &Shelf, lines: &str) -> (PathBuf, Notify) {
    let folder = shelf.folder.path().to_path_buf();
    let path = folder.join("tell me; really");
    std::fs::write(&path, format!("#!/bin/sh\ncd \"$1\" || exit 9\n{lines}\n")).expect("a program");
    std::fs::set_permissions(&path, PermissionsExt::from_mode(0o700)).expect("permissions");
    let words = [path.display().to_string(), folder.display().to_string(), "$(touch pwned) *; two words".into()];
    (folder, Notify::Command(words.into()))
}

fn read(folder: &Path, name: &str) -> Option<String> {
    std::fs::read_to_string(folder.join(name)).ok()
}

#[tokio::test]
async fn the_program_gets_the_notice_on_its_stdin_and_its_arguments_as_they_are() {
    let shelf = Shelf::new().await;
    let (folder, notify) = program(&shelf, "cat > notice.json; printf '%s' \"$2\" > argument");
    let id = dead(&shelf, "uat").await;
    let sending = Sending::start(notify, PAUSES, &shelf.queue);
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;

    let notice: Value = serde_json::from_str(&read(&folder, "notice.json").expect("a file")).expect("JSON");
    assert_eq!((&notice["type"], &notice["data"]["job"]["id"]), (&"job.dead".into(), &id.as_str().into()));
    assert_eq!(read(&folder, "argument").as_deref(), Some("$(touch pwned) *; two words"), "no shell is in between");
    assert_eq!(read(&folder, "pwned"), None);
    sending.end().await;
}

#[tokio::test]
async fn a_program_that_fails_is_run_again_and_one_that_reads_nothing_is_no_failure() {
    let shelf = Shelf::new().await;
    let (folder, notify) =
        program(&shelf, "echo x >> runs; test \"$(wc -l < runs)\" -ge 3 || { echo broken >&2; exit 7; }");
    dead(&shelf, "uat").await;
    let sending = Sending::start(notify, PAUSES, &shelf.queue);
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;
    assert_eq!(read(&folder, "runs").as_deref(), Some("x\nx\nx\n"));
    sending.end().await;
}

#[tokio::test]
async fn what_the_program_leaves_running_and_how_much_it_says_holds_nobody_up() {
    let shelf = Shelf::new().await;
    let (folder, notify) = program(&shelf, "echo x >> runs; sleep 30 & yes | head -c 1000000; exit 0");
    dead(&shelf, "uat").await;
    dead(&shelf, "dev").await;
    let sending = Sending::start(notify, PAUSES, &shelf.queue);
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;
    assert_eq!(read(&folder, "runs").as_deref(), Some("x\nx\n"), "each once");
    sending.end().await;
}

#[tokio::test]
async fn a_program_that_is_not_there_is_tried_again() {
    let shelf = Shelf::new().await;
    let path = shelf.folder.path().join("later");
    dead(&shelf, "uat").await;
    let notify = Notify::Command(vec![path.display().to_string()]);
    let sending = Sending::start(notify, PAUSES, &shelf.queue);
    soon("tried", async || (tries(&shelf).await >= 2).then_some(())).await;
    assert!(!nothing_left(&shelf).await);
    std::fs::copy("/bin/true", &path).expect("a program");
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;
    sending.end().await;
}

async fn tries(shelf: &Shelf) -> i64 {
    let path = shelf.folder.path().join("jobs.db");
    let pool = sqlx::SqlitePool::connect(&format!("sqlite:{}", path.display())).await.expect("the database");
    let tries = sqlx::query_scalar("SELECT MAX(tries) FROM notices").fetch_one(&pool).await.expect("a number");
    pool.close().await;
    tries
}

#[tokio::test]
async fn a_program_that_does_not_end_is_ended_and_run_again() {
    let shelf = Shelf::new().await;
    let (folder, notify) = program(&shelf, "echo x >> runs; test \"$(wc -l < runs)\" -ge 2 || exec sleep 600");
    dead(&shelf, "uat").await;
    let pauses = Pauses { lease: Duration::from_millis(1500), ..PAUSES };
    let sending = Sending::start(notify, pauses, &shelf.queue);
    soon("told", async || nothing_left(&shelf).await.then_some(())).await;
    assert_eq!(read(&folder, "runs").as_deref(), Some("x\nx\n"));
    sending.end().await;
}
