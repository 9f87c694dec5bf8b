//! The webhook before other implementations of Standard Webhooks, and behind a real proxy.

mod nginx;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use relay_scrub::simulator::{OrgKind, OrgSetup, Simulator};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::sf::installed;
use crate::support::program::{Program, exposed, is_cleared, sandbox};
use crate::support::service::{Setup, WEBHOOK_SECRET, client};

const OTHER_SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// The implementations: a name, what runs them, and where their packages are.
fn implementations() -> [(&'static str, PathBuf, &'static str, PathBuf); 2] {
    [
        ("PyPI", "python3".into(), "webhook.py", installed("python-webhooks").join("packages")),
        ("npm", installed("salesforce-cli").join("bin/node"), "webhook.mjs", installed("apex-tools")),
    ]
}

/// Has an implementation sign or verify.
fn run(runner: &Path, script: &str, packages: &Path, what: &str, given: &Value) -> Value {
    use std::io::Write;
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/hook").join(script);
    let mut command = Command::new(runner);
    command.arg(&script).arg(what).env("PACKAGES", packages).stdin(Stdio::piped());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    child.stdin.take().expect("stdin").write_all(given.to_string().as_bytes()).expect("input");
    let output = child.wait_with_output().expect("its end");
    let errors = String::from_utf8_lossy(&output.stderr);
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {errors}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_other_implementations_sign_is_accepted() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let service = Setup::new(&[("uat", &org)]).start().await;
    let body = json!({"organizationId": org.id(), "sandboxId": "07E5e000000wxyz", "sandboxName": "uat", "note": "é—✓"})
        .to_string();
    for (name, runner, script, packages) in implementations() {
        for (secret, status) in [(WEBHOOK_SECRET, 202), (OTHER_SECRET, 401)] {
            let given = json!({"secret": secret, "id": format!("msg_{name}"), "body": body});
            let headers = run(&runner, script, &packages, "sign", &given);
            let request = client().post(service.url("/v1/sandbox-post-copy")).body(body.clone());
            let headers = headers.as_object().expect("headers").iter();
            let request =
                headers.fold(request, |request, (name, value)| request.header(name, value.as_str().expect("text")));
            let answer = request.send().await.expect("an answer");
            assert_eq!(answer.status(), status, "{name}");
            if status == 202 {
                let answer: Value = answer.json().await.expect("JSON");
                service.comes_to(answer["job"].as_str().expect("a job"), "done").await;
            }
        }
    }
    assert!(org.relays().iter().all(is_cleared));
}

/// A listener that keeps what is posted to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(HeaderMap, Bytes)>>>);

impl Kept {
    async fn listen(&self) -> String {
        let keep = |State(kept): State<Kept>, headers: HeaderMap, body: Bytes| async move {
            kept.0.lock().expect("what was kept").push((headers, body));
        };
        let router = Router::new().fallback(keep).with_state(self.clone());
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}/hook")
    }

    fn posts(&self) -> Vec<(HeaderMap, Bytes)> {
        self.0.lock().expect("what was kept").clone()
    }
}

/// Both implementations find the signature of a post good, and not with another secret, nor for another body.
fn assert_verified((headers, body): &(HeaderMap, Bytes)) {
    let headers: serde_json::Map<String, Value> =
        headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().into())).collect();
    let body = std::str::from_utf8(body).expect("text");
    for (name, runner, script, packages) in implementations() {
        let verify = |secret: &str, body: &str| {
            let given = json!({"secret": secret, "headers": headers, "body": body});
            run(&runner, script, &packages, "verify", &given)["verified"].clone()
        };
        assert_eq!(verify(WEBHOOK_SECRET, body), Value::from(true), "{name}");
        assert_ne!(verify(OTHER_SECRET, body), Value::from(true), "{name}");
        assert_ne!(verify(WEBHOOK_SECRET, &format!("{body} ")), Value::from(true), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_hook_send_signs_is_verified_by_other_implementations() {
    let kept = Kept::default();
    let url = kept.listen().await;
    let line = ["hook", "send", &url, "--sandbox", "uat", "--organization-id", "00D5e000000abcDEAQ"];
    Program::new(line).env("RELAY_SCRUB_WEBHOOK_SECRET", WEBHOOK_SECRET).run().await;
    let posts = kept.posts();
    assert_eq!(posts.len(), 1);
    assert_verified(&posts[0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn notices_are_verified_by_other_implementations() {
    let kept = Kept::default();
    let simulator = Simulator::start().await.expect("a simulator");
    let production = OrgSetup { kind: OrgKind::Production, ..sandbox("uat") };
    let org = simulator.add_org(production).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]).env("RELAY_SCRUB_NOTIFY_SECRET", WEBHOOK_SECRET);
    let service = setup.argument("--notify-url").argument(&kept.listen().await).start().await;
    let job = service.deliver(&crate::support::service::Call::of("uat", &org.id())).await;
    service.comes_to(&job, "refused").await;
    let end = tokio::time::Instant::now() + std::time::Duration::from_secs(60);
    while kept.posts().is_empty() {
        assert!(tokio::time::Instant::now() < end, "no notice: {:#?}", service.log());
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_verified(&kept.posts()[0]);
}
