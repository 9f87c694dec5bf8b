//! A client that sends mail, as one of Salesforce's hosts would.

use std::net::{Ipv4Addr, SocketAddrV4};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpSocket;
use tokio_rustls::TlsConnector;

use super::authority::Authority;

/// Which host sends.
#[derive(Clone, Copy)]
pub(super) enum Client<'a> {
    /// The one of this name: `XCLIENT` tells Postfix so.
    Named(&'a str),
    /// The one of this address.
    At(Ipv4Addr),
}

/// How a mail is handed over.
#[derive(Clone, Copy)]
pub(super) struct Handed<'a> {
    pub(super) port: u16,
    /// The host that sends.
    pub(super) client: Client<'a>,
    /// The envelope's sender.
    pub(super) sender: &'a str,
    pub(super) tls: bool,
    /// Whether to authenticate, and with this password.
    pub(super) password: Option<&'a str>,
    /// Whether the mail goes by BDAT in place of DATA.
    pub(super) chunking: bool,
    /// A mail that goes before at the same connection, and is taken.
    pub(super) before: Option<&'a str>,
    /// The mail, with line breaks as a file has them; each character up to U+00FF is a byte.
    pub(super) mail: &'a str,
}

struct Talk<S>(BufReader<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Talk<S> {
    async fn reply(&mut self) -> String {
        loop {
            let mut line = String::new();
            let read = self.0.read_line(&mut line).await.expect("a reply");
            assert!(read > 0, "the server closed the connection");
            if line.get(3..4) != Some("-") {
                return line.trim_end().to_string();
            }
        }
    }

    /// Says a line; an error is the reply that refuses it.
    async fn say(&mut self, line: &str) -> Result<String, String> {
        let bytes: Vec<u8> = line.chars().map(|byte| u8::try_from(byte).expect("a byte")).collect();
        self.0.write_all(&[&bytes, &b"\r\n"[..]].concat()).await.expect("written");
        self.0.flush().await.expect("written");
        let reply = self.reply().await;
        if reply.starts_with(['2', '3']) { Ok(reply) } else { Err(reply) }
    }

    async fn hand(&mut self, handed: &Handed<'_>) -> Result<String, String> {
        self.say("EHLO [127.0.0.1]").await?;
        if let Client::Named(name) = handed.client {
            self.say(&format!("XCLIENT NAME={name} ADDR=13.110.74.200")).await?;
            self.say("EHLO [127.0.0.1]").await?;
        }
        if let Some(password) = handed.password {
            let plain = STANDARD.encode(format!("\0relay@acme.com\0{password}"));
            self.say(&format!("AUTH PLAIN {plain}")).await?;
        }
        if let Some(mail) = handed.before {
            self.mail(handed, mail).await.expect("the mail before is taken");
        }
        self.mail(handed, handed.mail).await
    }

    async fn mail(&mut self, handed: &Handed<'_>, mail: &str) -> Result<String, String> {
        let mail = mail.replace('\n', "\r\n");
        self.say(&format!("MAIL FROM:<{}>", handed.sender)).await?;
        self.say("RCPT TO:<bob@example.org>").await?;
        if handed.chunking {
            let length = mail.chars().count() + 2;
            return self.say(&format!("BDAT {length} LAST\r\n{mail}")).await;
        }
        self.say("DATA").await?;
        self.say(&format!("{mail}\r\n.")).await
    }
}

/// Hands a mail over, and returns the last reply; as an error, where it refuses.
pub(super) async fn hand_over(authority: &Authority, handed: Handed<'_>) -> Result<String, String> {
    let socket = TcpSocket::new_v4().expect("a socket");
    if let Client::At(address) = handed.client {
        socket.bind(SocketAddrV4::new(address, 0).into()).expect("an address of this machine");
    }
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, handed.port);
    let stream = socket.connect(server.into()).await.expect("a connection");
    let mut talk = Talk(BufReader::new(stream));
    talk.reply().await;
    if !handed.tls {
        return talk.hand(&handed).await;
    }
    talk.say("EHLO [127.0.0.1]").await?;
    talk.say("STARTTLS").await?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(authority.file()).expect("a certificate")).expect("a root");
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().expect("TLS");
    let config = config.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("smtp.acme.com").expect("a name");
    let stream = TlsConnector::from(Arc::new(config)).connect(name, talk.0.into_inner()).await.expect("TLS");
    Talk(BufReader::new(stream)).hand(&handed).await
}
