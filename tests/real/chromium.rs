//! A real browser without a window.

use std::process::Stdio;

use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A browser with a profile of its own. `RELAY_SCRUB_SCREENSHOTS` names a folder for pictures of the pages.
pub(super) struct Chromium {
    driver: Child,
    pub(super) client: Client,
    _profile: TempDir,
}

/// What a page is looked at on.
pub(super) struct Screen {
    width: u32,
    height: u32,
    is_phone: bool,
    is_dark: bool,
    /// Whatever the name of a host, it is this machine, as it would be for a page whose site has turned its name here.
    every_name_is_here: bool,
}

impl Screen {
    pub(super) fn wide(width: u32, height: u32) -> Self {
        Self { width, height, is_phone: false, is_dark: false, every_name_is_here: false }
    }

    /// A window gets no narrower than 500 pixels, so a phone is imitated as the browser's own tools do it.
    pub(super) fn phone(width: u32) -> Self {
        Self { is_phone: true, ..Self::wide(width, 760) }
    }

    pub(super) fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }

    pub(super) fn every_name_is_here(self) -> Self {
        Self { every_name_is_here: true, ..self }
    }

    fn options(&self, profile: &TempDir) -> Value {
        let mut flags = vec![
            "--headless=new".to_string(),
            "--no-sandbox".into(),
            "--disable-quic".into(),
            "--no-first-run".into(),
            "--disable-background-networking".into(),
            "--disable-component-update".into(),
            "--disable-sync".into(),
            "--disable-dev-shm-usage".into(),
            format!("--window-size={},{}", self.width, self.height),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        if self.is_dark {
            flags.push("--force-dark-mode".into());
            flags.push("--blink-settings=preferredColorScheme=0".into());
        }
        if self.every_name_is_here {
            flags.push("--host-resolver-rules=MAP * 127.0.0.1".into());
        }
        let mut options = json!({"args": flags});
        if self.is_phone {
            let metrics = json!({"width": self.width, "height": self.height, "pixelRatio": 2.0, "touch": true});
            options["mobileEmulation"] = json!({"deviceMetrics": metrics});
        }
        json!({"browserName": "chrome", "goog:chromeOptions": options})
    }
}

impl Chromium {
    pub(super) async fn start(screen: Screen) -> Self {
        let profile = tempfile::tempdir().expect("a folder");
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("chromedriver: scripts/install-test-programs installs it");
        let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next_line().await.expect("text").expect("chromedriver says its port");
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_string();
            }
        };
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let capabilities = screen.options(&profile).as_object().cloned().expect("an object");
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromium: scripts/install-test-programs installs it");
        Self { driver, client, _profile: profile }
    }

    /// Puts a picture of what is seen into the folder that the environment names, if it does.
    pub(super) async fn picture(&self, name: &str) {
        if let Some(folder) = std::env::var_os("RELAY_SCRUB_SCREENSHOTS") {
            let bytes = self.client.screenshot().await.expect("a picture");
            std::fs::write(std::path::Path::new(&folder).join(name).with_extension("png"), bytes).expect("a file");
        }
    }

    pub(super) async fn end(mut self) {
        self.client.close().await.expect("the browser closes");
        self.driver.kill().await.expect("the driver ends");
    }
}
