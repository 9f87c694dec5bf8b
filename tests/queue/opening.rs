use relay_scrub::config::Database;
use relay_scrub::server::queue::{OpenError, Queue};

use super::desk::{Desk, LIMITS, UAT, accept_new, all, delivery};

pub(crate) async fn replicas_that_start_at_once_make_the_tables_once(desk: &Desk) {
    let mut starting = tokio::task::JoinSet::new();
    for number in 0..8 {
        let database = desk.database.clone();
        starting.spawn(async move {
            let queue = Queue::open(&database, LIMITS).await.unwrap_or_else(|error| panic!("{error}: {error:?}"));
            accept_new(&queue, &delivery(&format!("msg_{number}"), number), UAT).await;
        });
    }
    starting.join_all().await;
    assert_eq!(desk.queue().await.jobs(&all()).await.expect("jobs").len(), 8);
}

pub(crate) async fn a_database_of_a_newer_version_is_refused_and_left_alone(desk: &Desk) {
    let queue = desk.queue().await;
    accept_new(&queue, &delivery("msg_1", 1), UAT).await;
    queue.close().await;
    let mut connection = desk.connection().await;
    sqlx::query(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
         SELECT 1000000, description, success, checksum, execution_time FROM _sqlx_migrations WHERE version = 1",
    )
    .execute(&mut connection)
    .await
    .expect("a newer version's mark");
    let refused = Queue::open(&desk.database, LIMITS).await.expect_err("it is newer");
    assert!(matches!(refused, OpenError::Newer { .. }), "{refused:?}");
    let looked = Queue::open_existing(&desk.database, LIMITS).await.expect_err("it is newer");
    assert!(matches!(looked, OpenError::Newer { .. }), "{looked:?}");
    let shown = refused.to_string();
    assert!(shown.contains("was made by a newer version of relay-scrub"), "{shown}");
    let versions: i64 =
        sqlx::query_scalar("SELECT COUNT(*) FROM _sqlx_migrations").fetch_one(&mut connection).await.expect("a number");
    assert!(versions >= 2);
    sqlx::query("DELETE FROM _sqlx_migrations WHERE version = 1000000")
        .execute(&mut connection)
        .await
        .expect("as before");
    assert_eq!(desk.queue().await.jobs(&all()).await.expect("jobs").len(), 1);
}

pub(crate) async fn who_only_looks_makes_nothing(desk: &Desk) {
    let nothing = Queue::open_existing(&desk.database, LIMITS).await.expect_err("the service has not run");
    assert!(matches!(nothing, OpenError::NoQueue { .. }), "{nothing:?}");
    if let Database::Sqlite(path) = &desk.database {
        assert!(!path.exists(), "no file was made");
    }
    accept_new(&desk.queue().await, &delivery("msg_1", 1), UAT).await;
    let looking = Queue::open_existing(&desk.database, LIMITS).await.expect("the service's queue");
    assert_eq!(looking.jobs(&all()).await.expect("jobs").len(), 1);
    let mut connection = desk.connection().await;
    sqlx::query("UPDATE _sqlx_migrations SET version = 0")
        .execute(&mut connection)
        .await
        .expect("an older version's mark");
    let older = Queue::open_existing(&desk.database, LIMITS).await.expect_err("it is older");
    assert!(matches!(older, OpenError::Older { .. }), "{older:?}");
}
