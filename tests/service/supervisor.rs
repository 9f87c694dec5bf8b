//! What systemd is told by a service that it has started.

use std::path::Path;
use std::time::Duration;

use tokio::net::UnixDatagram;

use super::without_orgs;
use crate::support::service::Setup;

/// The socket that systemd would listen on.
fn systemd(setup: &Setup) -> (UnixDatagram, String) {
    let path = setup.path("notify");
    (UnixDatagram::bind(&path).expect("a socket"), path_text(&path))
}

fn path_text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The next thing that it is told.
async fn told(socket: &UnixDatagram) -> String {
    let mut bytes = [0; 200];
    let length = tokio::time::timeout(Duration::from_secs(60), socket.recv(&mut bytes)).await;
    let length = length.expect("systemd is told something").expect("a message");
    String::from_utf8_lossy(&bytes[..length]).trim().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn systemd_is_told_that_the_service_is_ready_then_again_and_again_that_it_lives_and_that_it_ends() {
    let setup = without_orgs();
    let (socket, path) = systemd(&setup);
    let service = setup.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").start().await;
    assert_eq!(told(&socket).await, "READY=1");
    for _ in 0..5 {
        assert_eq!(told(&socket).await, "WATCHDOG=1");
    }
    let end = tokio::spawn(service.stop());
    let mut last = told(&socket).await;
    while last == "WATCHDOG=1" {
        last = told(&socket).await;
    }
    assert_eq!(last, "STOPPING=1");
    assert_eq!(end.await.expect("an end").0, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_not_watched_says_no_more_than_that_it_is_ready_and_ends() {
    let setup = without_orgs();
    let (socket, path) = systemd(&setup);
    let service = setup.env("NOTIFY_SOCKET", &path).start().await;
    assert_eq!(told(&socket).await, "READY=1");
    assert_eq!(service.stop().await.0, 0);
    assert_eq!(told(&socket).await, "STOPPING=1");
}
