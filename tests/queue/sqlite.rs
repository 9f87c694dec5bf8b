//! On SQLite.

use relay_scrub::server::queue::{OpenError, Queue};

use super::desk::{Desk, LIMITS, UAT, accept_new, all, database, delivery};

async fn desk() -> Desk {
    let folder = tempfile::tempdir().expect("a folder");
    Desk::new(&format!("sqlite:{}", folder.path().join("queue.sqlite").display()), folder)
}

macro_rules! a_test_of_each {
    ($($module:ident::$name:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$module::$name(&desk().await).await;
            }
        )*
    };
}

super::every_scenario!(a_test_of_each);

#[cfg(unix)]
#[tokio::test]
async fn the_file_and_what_lies_beside_it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let address = format!("sqlite:{}", folder.path().join("state/relay scrub#%/queue.sqlite").display());
    let queue = Queue::open(&database(&address), LIMITS).await.expect("a queue");
    accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    let made = folder.path().join("state/relay scrub#%");
    let mode = |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder.path().join("state")), mode(&made)), (0o700, 0o700));
    let mut names: Vec<_> = std::fs::read_dir(&made).expect("the folder").map(|entry| entry.expect("a file")).collect();
    names.sort_by_key(|entry| entry.file_name());
    let names: Vec<_> = names.iter().map(|entry| (entry.file_name(), mode(&entry.path()))).collect();
    let expected = ["queue.sqlite", "queue.sqlite-shm", "queue.sqlite-wal"];
    assert_eq!(names, expected.map(|name| (name.into(), 0o600)));
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("notes.txt");
    let text = "not a database, but something of somebody's\n".repeat(100);
    std::fs::write(&path, &text).expect("a file");
    let refused = Queue::open(&database(&format!("sqlite:{}", path.display())), LIMITS).await.expect_err("no database");
    assert!(matches!(refused, OpenError::Migrate { .. } | OpenError::Connect { .. }), "{refused:?}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), text);
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_told() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("file"), "").expect("a file");
    let address = format!("sqlite:{}/file/queue.sqlite", folder.path().display());
    let refused = Queue::open(&database(&address), LIMITS).await.expect_err("a file stands there");
    assert!(matches!(refused, OpenError::File { .. }), "{refused:?}");
    assert!(refused.to_string().contains("file/queue.sqlite could not be made or opened"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_is_killed_leaves_what_it_accepted() {
    let desk = desk().await;
    let queue = desk.queue().await;
    accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    // The files as they are on disk now, without any closing: what a crash leaves.
    let relay_scrub::config::Database::Sqlite(path) = &desk.database else { panic!("SQLite") };
    let folder = tempfile::tempdir().expect("a folder");
    for end in ["", "-wal"] {
        let name = format!("queue.sqlite{end}");
        std::fs::copy(path.with_file_name(&name), folder.path().join(&name)).expect("a copy");
    }
    let after = Queue::open(&database(&format!("sqlite:{}/queue.sqlite", folder.path().display())), LIMITS).await;
    assert_eq!(after.expect("a queue").jobs(&all()).await.expect("jobs").len(), 1);
}
