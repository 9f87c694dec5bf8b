//! nginx of Debian in front of the service, as docs/service.md sets it up.

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use relay_scrub::simulator::Simulator;
use reqwest::{Certificate, Client};
use tokio::process::{Child, Command};

use crate::real::sf::installed;
use crate::service_docs::block;
use crate::support::browser::free_port;
use crate::support::certificate::Authority;
use crate::support::program::{Program, exposed, is_cleared, sandbox};
use crate::support::service::{Call, Setup, WEBHOOK_SECRET};

/// nginx, with TLS, in front of this address. It ends with its value.
struct Nginx {
    _child: Child,
    folder: tempfile::TempDir,
    authority: Authority,
    port: u16,
}

impl Nginx {
    async fn start(behind: SocketAddr) -> Self {
        let (folder, authority, port) = (tempfile::tempdir().expect("a folder"), Authority::new(), free_port());
        let pair = authority.issue();
        let files = [("chain.pem", &pair.certificate), ("key.pem", &pair.key), ("ca.pem", &authority.pem())];
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        std::fs::write(folder.path().join("nginx.conf"), configuration(folder.path(), port, behind)).expect("a file");
        let mut command = Command::new(installed("nginx").join("nginx"));
        command.arg("-p").arg(folder.path()).args(["-c", "nginx.conf", "-e", "stderr"]);
        let child = command.stdin(Stdio::null()).kill_on_drop(true).spawn().expect("nginx starts");
        let end = tokio::time::Instant::now() + Duration::from_secs(60);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(tokio::time::Instant::now() < end, "nginx does not listen");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Self { _child: child, folder, authority, port }
    }

    fn url(&self, path: &str) -> String {
        format!("https://127.0.0.1:{}{path}", self.port)
    }

    /// A client that calls from this address.
    fn client(&self, from: &str) -> Client {
        let root = Certificate::from_pem(self.authority.pem().as_bytes()).expect("a certificate");
        let from: IpAddr = from.parse().expect("an address");
        Client::builder().no_proxy().tls_certs_only([root]).local_address(from).build().expect("a client")
    }

    /// Makes a call from this address; the status.
    async fn call(&self, from: &str, forwarded: Option<&str>, call: &Call) -> u16 {
        let request = self.client(from).post(self.url("/v1/sandbox-post-copy")).body(call.body.clone());
        let request = call.headers().into_iter().fold(request, |request, (name, value)| request.header(name, value));
        let request = forwarded.into_iter().fold(request, |request, value| request.header("x-forwarded-for", value));
        request.send().await.expect("an answer").status().as_u16()
    }
}

/// The server of docs/service.md, with what is this test's own put in.
fn configuration(folder: &Path, port: u16, behind: SocketAddr) -> String {
    let replaced = [
        ("listen 443 ssl", format!("listen 127.0.0.1:{port} ssl")),
        ("/etc/ssl/scrub.pem", folder.join("chain.pem").display().to_string()),
        ("/etc/ssl/scrub.key", folder.join("key.pem").display().to_string()),
        ("127.0.0.1:8080", behind.to_string()),
    ];
    let server = replaced.into_iter().fold(block("nginx").to_string(), |text, (ours, theirs)| {
        assert!(text.contains(ours), "{ours} in {text}");
        text.replace(ours, &theirs)
    });
    let paths: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|name| format!("{name}_temp_path {};\n", folder.join(name).display()))
        .concat();
    format!(
        "daemon off;\nmaster_process off;\npid {};\nevents {{}}\nhttp {{\naccess_log off;\n{paths}{server}\n}}\n",
        folder.join("nginx.pid").display()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn behind_nginx_deliveries_arrive_whole_and_callers_are_told_apart() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]).argument("--trust-proxy").argument("127.0.0.1");
    let service = setup.setting("requests_per_address", "1").start().await;
    let nginx = Nginx::start(service.public).await;

    let ca = nginx.folder.path().join("ca.pem");
    let line = ["hook", "send", &nginx.url(""), "--sandbox", "uat", "--organization-id", &org.id(), "--json"];
    let sent =
        Program::new(line).env("RELAY_SCRUB_WEBHOOK_SECRET", WEBHOOK_SECRET).env("SSL_CERT_FILE", ca).run().await;
    assert_eq!(sent.code, 0, "{sent:?} {:#?}", service.log());
    let job = sent.report()["job"].as_str().expect("a job").to_string();
    service.comes_to(&job, "done").await;
    assert!(org.relays().iter().all(is_cleared));

    let call = Call::of("uat", &org.id());
    assert_eq!(nginx.call("127.0.0.2", None, &call).await, 202);
    assert_eq!(nginx.call("127.0.0.2", None, &call).await, 429);
    assert_eq!(
        nginx.call("127.0.0.2", Some("203.0.113.7"), &call).await,
        429,
        "what a caller says of itself is not believed"
    );
    assert_eq!(nginx.call("127.0.0.3", None, &call).await, 202);
    // A line may be read later than its answer.
    let mut callers = Vec::new();
    for _ in 0..1000 {
        callers = service.lines("delivery").iter().map(|line| line["fields"]["caller"].clone()).collect();
        if callers.len() >= 5 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // `hook send` called from 127.0.0.1, which is the proxy's own address.
    assert_eq!(callers, ["127.0.0.1", "127.0.0.2", "127.0.0.2", "127.0.0.2", "127.0.0.3"]);

    for path in ["/metrics", "/v1/jobs", "/healthz", "/"] {
        let answer = nginx.client("127.0.0.4").get(nginx.url(path)).send().await.expect("an answer");
        assert_eq!(answer.status(), 404, "{path}");
    }
}
