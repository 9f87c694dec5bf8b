//! An HTTP CONNECT proxy that ends TLS itself, so that the binary can be tested against real host names.
//!
//! The binary is started with `HTTPS_PROXY` set to [`Proxy::url`] and `SSL_CERT_FILE` to [`Proxy::ca_file`]; a CONNECT
//! to a host that was registered gets a certificate for it and is forwarded in plain HTTP to a port on loopback. Every
//! host asked for is recorded, those that were refused too.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The longest request head that is read, in bytes.
const LONGEST_HEAD: usize = 8 * 1024;

/// A proxy that runs until it is dropped.
pub(crate) struct Proxy {
    url: String,
    folder: tempfile::TempDir,
    inner: Arc<Inner>,
    accepting: tokio::task::JoinHandle<()>,
}

struct Inner {
    issuer: CertifiedIssuer<'static, KeyPair>,
    hosts: Mutex<HashMap<String, SocketAddr>>,
    asked: Mutex<Vec<String>>,
}

impl Proxy {
    /// Starts the proxy with a certificate authority of its own.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let issuer = authority();
        std::fs::write(folder.path().join("ca.pem"), issuer.pem()).expect("the authority's certificate");
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let inner = Arc::new(Inner { issuer, hosts: Mutex::default(), asked: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, inner.clone()));
        Self { url, folder, inner, accepting }
    }

    /// Value for `HTTPS_PROXY`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Value for `SSL_CERT_FILE`: the authority's certificate in PEM.
    pub(crate) fn ca_file(&self) -> PathBuf {
        self.ca_folder().join("ca.pem")
    }

    fn ca_folder(&self) -> &Path {
        self.folder.path()
    }

    /// Forwards connections for a host name to an address such as `http://127.0.0.1:4711`.
    pub(crate) fn forward(&self, host: &str, to: &str) {
        let address = to.trim_start_matches("http://").parse().expect("an address on loopback");
        self.inner.hosts.lock().expect("hosts").insert(host.to_string(), address);
    }

    /// Every target of a CONNECT so far, as `host:port`, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.inner.asked.lock().expect("targets").clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name.push(DnType::CommonName, "relay-scrub tests");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(parameters, key).expect("an authority")
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inner = inner.clone();
        // An error here is the client's to see: its connection ends.
        tokio::spawn(async move { tunnel(stream, &inner).await });
    }
}

async fn tunnel(mut client: TcpStream, inner: &Inner) -> io::Result<()> {
    let head = read_head(&mut client).await?;
    let mut words = head.split_whitespace();
    let (Some("CONNECT"), Some(target)) = (words.next(), words.next()) else {
        return client.write_all(b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n").await;
    };
    inner.asked.lock().expect("targets").push(target.to_string());
    let host = target.rsplit_once(':').map_or(target, |(host, _)| host).to_string();
    let Some(address) = inner.hosts.lock().expect("hosts").get(&host).copied() else {
        return client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
    };
    client.write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n").await?;
    let acceptor = TlsAcceptor::from(Arc::new(server_config(&inner.issuer, &host)));
    let mut client = acceptor.accept(client).await?;
    let mut server = TcpStream::connect(address).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

async fn read_head(client: &mut TcpStream) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && head.len() < LONGEST_HEAD {
        head.push(client.read_u8().await?);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// TLS for one host, with a certificate made for it.
fn server_config(issuer: &CertifiedIssuer<'static, KeyPair>, host: &str) -> ServerConfig {
    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(vec![host.to_string()]).expect("parameters");
    let certificate = parameters.signed_by(&key, issuer).expect("a certificate");
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let provider = Arc::new(aws_lc_rs::default_provider());
    ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], private)
        .expect("a certificate that fits its key")
}
