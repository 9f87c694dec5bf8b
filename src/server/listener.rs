//! A listener: plain or TLS, with an end to connections, header sizes and patience.

use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use axum_server::{Handle, Server};
use hyper::body::Incoming;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::PollSemaphore;
use tower::Service;

use super::forwarded::{counted, is_trusted};

/// The most that request line and headers have together, in bytes.
const LARGEST_HEAD: usize = 16 * 1024;
/// How many headers a request has at most.
const MOST_HEADERS: usize = 64;

/// How many connections there may be, and how long they may take.
#[derive(Clone, Debug)]
pub struct Connections {
    /// At a time. Those beyond wait until one ends.
    pub most: usize,
    /// At a time from one address. Those beyond are closed.
    pub most_per_address: usize,
    /// Proxies, whose connections are those of many, and are not counted for their address.
    pub proxies: Arc<[IpNet]>,
    /// For the TLS handshake, and for line and headers of each request; an idle connection is closed after it.
    pub patience: Duration,
}

/// A port that is listened on.
#[derive(Debug)]
pub struct Listener {
    socket: TcpListener,
    address: SocketAddr,
}

impl Listener {
    /// Takes the port. Port 0 is one that is free.
    ///
    /// # Errors
    /// Where it is taken already, or may not be used.
    pub async fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpListener::bind(address).await?;
        Ok(Self { address: socket.local_addr()?, socket })
    }

    /// The address, with the port that was given.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `handle` asks for the end. The address of the caller stands in the requests' [`ConnectInfo`].
    ///
    /// # Errors
    /// None that a caller can mend: what goes wrong with one connection ends that one alone.
    pub async fn serve(
        self,
        router: Router,
        tls: Option<RustlsConfig>,
        connections: Connections,
        handle: Handle<SocketAddr>,
    ) -> io::Result<()> {
        let patience = connections.patience;
        let entrance = Entrance::new(router, connections);
        let mut server = Server::from_listener(self.socket)
            .handle(handle)
            .http1_only()
            .first_request_timeout(patience)
            .accept_error_handler(|caller, error| tracing::debug!(?caller, %error, "a connection came to nothing"));
        let mut http = server.http_builder().http1();
        http.max_buf_size(LARGEST_HEAD).max_headers(MOST_HEADERS).header_read_timeout(patience);
        let plain = NoDelayAcceptor::new();
        match tls {
            Some(config) => {
                let acceptor = RustlsAcceptor::new(config).handshake_timeout(patience).acceptor(plain);
                server.acceptor(acceptor).serve(entrance).await
            }
            None => server.acceptor(plain).serve(entrance).await,
        }
    }
}

/// Where connections come in: there is a place for each, or it waits, or is turned away.
struct Entrance {
    router: Router,
    places: PollSemaphore,
    place: Option<OwnedSemaphorePermit>,
    guests: Guests,
    connections: Connections,
}

/// How many connections each address has.
type Guests = Arc<Mutex<HashMap<IpAddr, usize>>>;

/// One connection: what answers on it, and its place, which is free again when the last of its requests is answered.
#[derive(Clone)]
struct Visit {
    router: Router,
    caller: SocketAddr,
    _seat: Arc<Seat>,
}

/// A place, and a count for an address. Both are given back when it is dropped.
struct Seat {
    _place: Option<OwnedSemaphorePermit>,
    counted: Option<(Guests, IpAddr)>,
}

/// An address has as many connections as it may have.
#[derive(Debug, thiserror::Error)]
#[error("there are too many connections from this address")]
struct TooManyFromAddress;

impl Entrance {
    fn new(router: Router, connections: Connections) -> Self {
        let places = PollSemaphore::new(Arc::new(Semaphore::new(connections.most)));
        Self { router, places, place: None, guests: Guests::default(), connections }
    }

    fn seat(&mut self, caller: IpAddr) -> Result<Seat, TooManyFromAddress> {
        let place = self.place.take();
        if is_trusted(&caller, &self.connections.proxies) {
            return Ok(Seat { _place: place, counted: None });
        }
        let address = counted(caller);
        let mut guests = self.guests.lock().unwrap_or_else(PoisonError::into_inner);
        let here = guests.entry(address).or_default();
        if *here >= self.connections.most_per_address {
            return Err(TooManyFromAddress);
        }
        *here += 1;
        Ok(Seat { _place: place, counted: Some((Arc::clone(&self.guests), address)) })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let Some((guests, address)) = &self.counted else { return };
        let mut guests = guests.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(here) = guests.get_mut(address) {
            *here -= 1;
            if *here == 0 {
                guests.remove(address);
            }
        }
    }
}

impl Service<SocketAddr> for Entrance {
    type Response = Visit;
    type Error = TooManyFromAddress;
    type Future = std::future::Ready<Result<Visit, TooManyFromAddress>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        if self.place.is_none() {
            self.place = ready!(self.places.poll_acquire(context));
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, caller: SocketAddr) -> Self::Future {
        let seat = self.seat(caller.ip());
        std::future::ready(seat.map(|seat| Visit { router: self.router.clone(), caller, _seat: Arc::new(seat) }))
    }
}

impl Service<Request<Incoming>> for Visit {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = <Router as Service<Request<Incoming>>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Service::<Request<Incoming>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request<Incoming>) -> Self::Future {
        request.extensions_mut().insert(ConnectInfo(self.caller));
        self.router.call(request)
    }
}
