//! A release on loopback, made by the script that makes the real ones.

use std::path::{Path, PathBuf};
use std::process::Command;

use axum::Router;
use axum::response::Redirect;
use axum::routing::get;
use sha2::{Digest, Sha256};

/// A server that has one release: the program that these tests were built with.
pub(super) struct Release {
    address: String,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Release {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Release {
    /// With the checksums as they are.
    pub(super) async fn start() -> Self {
        let archive = Self::archive();
        Self::with_checksums(&format!("{}  {archive}\n", package().1)).await
    }

    /// With other checksums than those that the release has.
    pub(super) async fn with_checksums(checksums: &str) -> Self {
        let (package, _) = package();
        let checksums = checksums.to_string();
        let archive = move || async move { std::fs::read(&package).expect("the archive") };
        // GitHub answers with the address of a storage, as here.
        let folder = format!("/releases/v{}", env!("CARGO_PKG_VERSION"));
        let router = Router::new()
            .route(&format!("{folder}/SHA256SUMS"), get(move || async move { checksums }))
            .route(&format!("{folder}/{}", Self::archive()), get(|| async { Redirect::temporary("/storage") }))
            .route("/storage", get(archive));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = format!("http://{}/releases", listener.local_addr().expect("an address"));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("a server") });
        Self { address, server }
    }

    /// Where the releases are, for the action's input.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The archive's SHA-256.
    pub(super) fn checksum(&self) -> String {
        package().1
    }

    /// The archive's name.
    pub(super) fn archive() -> String {
        format!("relay-scrub-{}-{}.tar.gz", env!("CARGO_PKG_VERSION"), target())
    }
}

fn target() -> String {
    let system = if cfg!(target_os = "macos") { "apple-darwin" } else { "unknown-linux-musl" };
    format!("{}-{system}", std::env::consts::ARCH)
}

/// The archive and its SHA-256, made once for each build of the program, however many tests run at once.
fn package() -> (PathBuf, String) {
    let binary = Path::new(env!("CARGO_BIN_EXE_relay-scrub"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join("release");
    std::fs::create_dir_all(&kept).expect("a folder");
    let lock = std::fs::File::create(kept.join("lock")).expect("a lock");
    lock.lock().expect("its turn");
    let age = |path: &Path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok();
    let (archive, checksum) = (kept.join(Release::archive()), kept.join("checksum"));
    let sources =
        [binary, &root.join("scripts/package"), &root.join("scripts/shipped"), &root.join("README.md")].map(age);
    if age(&checksum).is_none_or(|made| sources.iter().any(|source| source.is_none_or(|source| source >= made))) {
        // As releases are, without what is for debuggers: each step of each test unpacks it.
        let stripped = kept.join("relay-scrub");
        let strip = Command::new("strip").arg("-S").arg("-o").arg(&stripped).arg(binary).output().expect("strip");
        assert!(strip.status.success(), "{strip:?}");
        let mut script = Command::new(root.join("scripts/package"));
        let made = script.arg(&stripped).arg(target()).arg(&kept).output().expect("scripts/package");
        assert!(made.status.success(), "{made:?}");
        let digest = Sha256::digest(std::fs::read(&archive).expect("the archive"));
        std::fs::write(&checksum, digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()).expect("a file");
    }
    (archive, std::fs::read_to_string(checksum).expect("the checksum"))
}
