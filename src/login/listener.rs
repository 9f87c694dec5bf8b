//! Where the browser brings the answer: a listener on this machine alone, for one path, for as long as a login lasts.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};
use url::form_urlencoded;

use super::page::{CONTENT_SECURITY_POLICY, Page};
use crate::secrets::Secret;

/// The path that the Salesforce CLI has, so that a callback made for it serves here too.
const PATH: &str = "/OauthRedirect";

/// How long a connection may take to say what it wants, and the last page to reach the browser.
const PATIENCE: Duration = Duration::from_secs(5);

/// The sockets of a login, bound and not yet heard.
#[derive(Debug)]
pub struct Listener {
    sockets: Vec<TcpListener>,
}

/// What came to the callback of this login.
#[derive(Debug)]
pub(super) struct Callback {
    /// The code, or what was refused: `error` and `error_description`.
    pub(super) answer: Result<Secret, (String, String)>,
    reply: oneshot::Sender<Page>,
    delivered: oneshot::Receiver<()>,
    _stop: DropGuard,
}

/// What every connection knows.
#[derive(Debug)]
struct Shared {
    state: Secret,
    /// Taken by the first callback that is this login's.
    found: Mutex<Option<mpsc::Sender<Found>>>,
}

#[derive(Debug)]
struct Found {
    answer: Result<Secret, (String, String)>,
    reply: oneshot::Sender<Page>,
    delivered: oneshot::Receiver<()>,
}

/// The address that the app must list, for a port.
pub fn redirect_uri(port: u16) -> String {
    format!("http://localhost:{port}{PATH}")
}

impl Listener {
    /// Binds the port on 127.0.0.1 and on ::1: `localhost` is either, and nobody else may have the other one.
    pub async fn bind(port: u16) -> io::Result<Self> {
        let mut sockets = vec![TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?];
        match TcpListener::bind(SocketAddr::from((Ipv6Addr::LOCALHOST, port))).await {
            Ok(socket) => sockets.push(socket),
            Err(error) if matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::PermissionDenied) => {
                return Err(error);
            }
            Err(error) => tracing::debug!(%error, "no IPv6 on loopback"),
        }
        Ok(Self { sockets })
    }

    /// Waits for the callback with this state. Whatever else comes is turned away, and ends nothing.
    pub(super) async fn callback(self, state: &Secret) -> Callback {
        let (sender, mut found) = mpsc::channel(1);
        let shared = Arc::new(Shared { state: state.clone(), found: Mutex::new(Some(sender)) });
        let stop = CancellationToken::new();
        for socket in self.sockets {
            tokio::spawn(accept(socket, Arc::clone(&shared), stop.clone()));
        }
        let stop = stop.drop_guard();
        match found.recv().await {
            Some(Found { answer, reply, delivered }) => Callback { answer, reply, delivered, _stop: stop },
            // Its sender lives in `shared` until it has sent.
            None => std::future::pending().await,
        }
    }
}

impl Callback {
    /// Shows the page, and waits until it has left.
    pub(super) async fn show(self, page: Page) {
        let Self { reply, delivered, .. } = self;
        if reply.send(page).is_ok() {
            // A browser that has gone away needs no page.
            let _ = tokio::time::timeout(PATIENCE, delivered).await;
        }
    }
}

async fn accept(socket: TcpListener, shared: Arc<Shared>, stop: CancellationToken) {
    let accepting = async {
        loop {
            match socket.accept().await {
                Ok((stream, _)) => {
                    let (shared, stop) = (Arc::clone(&shared), stop.clone());
                    tokio::spawn(async move { stop.run_until_cancelled(serve(stream, &shared)).await });
                }
                // Out of file descriptors, perhaps: not to be asked again at once.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    stop.run_until_cancelled(accepting).await;
}

async fn serve(stream: TcpStream, shared: &Shared) {
    let (done, delivered) = oneshot::channel();
    let delivered = Mutex::new(Some(delivered));
    let service = service_fn(async |request| Ok::<_, Infallible>(answer(&request, shared, &delivered).await));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service)
        .await;
    if let Err(error) = connection {
        tracing::debug!(%error, "a connection to the callback broke");
    }
    drop(done);
}

async fn answer(
    request: &Request<Incoming>,
    shared: &Shared,
    delivered: &Mutex<Option<oneshot::Receiver<()>>>,
) -> Response<Full<Bytes>> {
    if request.uri().path() != PATH {
        return respond(StatusCode::NOT_FOUND, &Page::nothing_here());
    }
    if request.method() != Method::GET {
        return respond(StatusCode::METHOD_NOT_ALLOWED, &Page::nothing_here());
    }
    let query = request.uri().query().unwrap_or_default();
    let Some(answer) = read(query, &shared.state) else {
        tracing::warn!("a callback that does not belong to this login was turned away");
        return respond(StatusCode::BAD_REQUEST, &Page::not_this_login());
    };
    let sender = shared.found.lock().unwrap_or_else(PoisonError::into_inner).take();
    let delivered = delivered.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (Some(sender), Some(delivered)) = (sender, delivered) else {
        return respond(StatusCode::BAD_REQUEST, &Page::not_this_login());
    };
    let (reply, page) = oneshot::channel();
    let sent = sender.send(Found { answer, reply, delivered }).await;
    match page.await {
        Ok(page) if sent.is_ok() => respond(StatusCode::OK, &page),
        _ => respond(StatusCode::GONE, &Page::gone()),
    }
}

/// What the browser brought, if it belongs to the login of this state.
fn read(query: &str, state: &Secret) -> Option<Result<Secret, (String, String)>> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let get = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    if get("state") != Some(state.expose()) {
        return None;
    }
    match (get("code"), get("error")) {
        (_, Some(error)) => Some(Err((error.into(), get("error_description").unwrap_or_default().into()))),
        (Some(code), None) if !code.is_empty() => Some(Ok(Secret::new(code.into()))),
        _ => None,
    }
}

fn respond(status: StatusCode, page: &Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
    *response.status_mut() = status;
    let headers = [
        ("content-type", "text/html; charset=utf-8"),
        ("cache-control", "no-store"),
        ("content-security-policy", CONTENT_SECURITY_POLICY.as_str()),
        ("referrer-policy", "no-referrer"),
        ("x-content-type-options", "nosniff"),
    ];
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_callback_is_this_logins_by_its_state_alone() {
        let state = Secret::new("s1".into());
        let read = |query| read(query, &state).map(|answer| answer.map(|code| code.expose().to_string()));
        assert_eq!(read("code=c1&state=s1"), Some(Ok("c1".into())));
        assert_eq!(
            read("error=access_denied&error_description=a+b&state=s1"),
            Some(Err(("access_denied".into(), "a b".into())))
        );
        for foreign in ["", "code=c1", "code=c1&state=", "code=c1&state=s2", "code=&state=s1", "state=s1", "error=x"] {
            assert_eq!(read(foreign), None, "{foreign}");
        }
    }
}
