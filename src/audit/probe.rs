//! Connects to a relay's host as Salesforce does, and hears what it offers. No mail and no credential is sent.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::certificate::Witness;
use super::names::Names;
use super::smtp::{Conversation, Reply};
use crate::domain::evidence::{Greeting, Probe, Tls};
use crate::domain::posture::Relay;
use crate::domain::printable::excerpt;

/// For one connection, and for what is said over it: mail servers may let a stranger wait.
const CONNECT: Duration = Duration::from_secs(10);
const TALK: Duration = Duration::from_secs(60);

/// A host may have many addresses; so many are tried.
const MOST_ADDRESSES: usize = 6;

/// A mail server of the relay's, and the addresses that it is tried at.
struct Server {
    host: String,
    addresses: Vec<IpAddr>,
}

/// Asks a relay's host. Where names are not to be looked up, the system's own way to an address is left.
pub(super) async fn probe(relay: &Relay, names: Option<&Names>) -> Probe {
    let Ok(port) = relay.port.parse() else {
        return Probe::Unreachable(format!("{} is no port.", excerpt(&relay.port, 20)));
    };
    let servers = match servers(&relay.host, port, names).await {
        Ok(servers) => servers,
        Err(why) => return Probe::Unreachable(why),
    };
    let mut last = "its name has no address.".to_string();
    let mut left = MOST_ADDRESSES;
    for server in servers {
        for address in server.addresses.into_iter().take(left) {
            left -= 1;
            match ask(&relay.host, &server.host, SocketAddr::new(address, port)).await {
                Ok(greeting) => return Probe::Answered(greeting),
                Err(why) => last = format!("{address}: {why}."),
            }
        }
    }
    Probe::Unreachable(last)
}

/// The MX records come first, then the host's own address ("Set Up Email Relay").
async fn servers(host: &str, port: u16, names: Option<&Names>) -> Result<Vec<Server>, String> {
    let own = |addresses| Server { host: host.to_string(), addresses };
    if let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() {
        return Ok(vec![own(vec![address])]);
    }
    let Some(names) = names else {
        let addresses =
            tokio::net::lookup_host((host, port)).await.map_err(|error| excerpt(&error.to_string(), 120))?;
        return Ok(vec![own(addresses.map(|address| address.ip()).collect())]);
    };
    let mut servers = Vec::new();
    for exchange in names.mail_servers(host).await.map_err(|unseen| unseen.reason)? {
        let addresses = names.addresses(&exchange).await.map_err(|unseen| unseen.reason)?;
        servers.push(Server { host: exchange, addresses });
    }
    if servers.is_empty() {
        servers.push(own(names.addresses(host).await.map_err(|unseen| unseen.reason)?));
    }
    Ok(servers)
}

async fn ask(relay: &str, host: &str, address: SocketAddr) -> Result<Greeting, String> {
    let connecting = tokio::time::timeout(CONNECT, TcpStream::connect(address));
    let stream = connecting.await.map_err(|_| "no connection in time".to_string())?;
    let stream = stream.map_err(|error| excerpt(&error.to_string(), 120))?;
    let talking = tokio::time::timeout(TALK, talk(relay, host, stream));
    talking.await.map_err(|_| "no answer in time".to_string())?
}

/// Says EHLO, begins TLS where it is offered, says EHLO again, and leaves.
async fn talk(relay: &str, host: &str, stream: TcpStream) -> Result<Greeting, String> {
    let broken = |error: std::io::Error| excerpt(&error.to_string(), 120);
    let (own, peer) = (stream.local_addr().map_err(broken)?, stream.peer_addr().map_err(broken)?);
    let mut conversation = Conversation::over(stream);
    let banner = expect(conversation.reply().await.map_err(broken)?, 220)?;
    let ehlo = hello(own.ip());
    let first = expect(conversation.say(&ehlo).await.map_err(broken)?, 250)?;
    let tls = if first.offers("STARTTLS") {
        match conversation.say("STARTTLS").await {
            Ok(reply) if reply.code == 220 => secured(conversation, relay, host, &ehlo).await,
            Ok(reply) => Tls::Failed(format!("the host answered {}", reply.code)),
            Err(error) => Tls::Failed(broken(error)),
        }
    } else {
        // What is answered to a farewell changes nothing.
        let _ = conversation.say("QUIT").await;
        Tls::NotOffered
    };
    Ok(Greeting {
        server: format!("{host} ({peer})"),
        banner: excerpt(&banner.lines.join(" "), 160),
        auth_in_clear: first.auth(),
        tls,
    })
}

/// The address in brackets is the name of a machine that has none (RFC 5321, 4.1.4).
fn hello(own: IpAddr) -> String {
    match own {
        IpAddr::V4(address) => format!("EHLO [{address}]"),
        IpAddr::V6(address) => format!("EHLO [IPv6:{address}]"),
    }
}

fn expect(reply: Reply, code: u16) -> Result<Reply, String> {
    if reply.code == code {
        return Ok(reply);
    }
    Err(format!("it answered {} {}", reply.code, excerpt(&reply.lines.join(" "), 120)))
}

async fn secured(conversation: Conversation<TcpStream>, relay: &str, host: &str, ehlo: &str) -> Tls {
    // Salesforce takes a certificate for the relay's host or for its mail exchange.
    let names: Vec<ServerName<'static>> =
        [relay, host].iter().filter_map(|name| ServerName::try_from((*name).to_string()).ok()).collect();
    let Some(name) = names.last().cloned() else { return Tls::Failed(format!("{host} is no name for TLS")) };
    let witness = Witness::for_names(names);
    let config = match witness.client() {
        Ok(config) => config,
        Err(error) => return Tls::Failed(excerpt(&error.to_string(), 120)),
    };
    let stream = match conversation.into_stream() {
        Ok(stream) => stream,
        Err(error) => return Tls::Failed(excerpt(&error.to_string(), 120)),
    };
    let stream = match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => stream,
        Err(error) => return Tls::Failed(excerpt(&error.to_string(), 120)),
    };
    let version = stream.get_ref().1.protocol_version().map_or("TLS", |version| match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3",
        rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
        _ => "TLS",
    });
    match again(Conversation::over(stream), ehlo).await {
        Ok(auth) => Tls::Done { version: version.into(), certificate: witness.seen(), auth },
        Err(why) => Tls::Failed(why),
    }
}

/// The mechanisms that are offered under TLS.
async fn again<S: AsyncRead + AsyncWrite + Unpin>(
    mut conversation: Conversation<S>,
    ehlo: &str,
) -> Result<Vec<String>, String> {
    let reply = conversation.say(ehlo).await.map_err(|error| excerpt(&error.to_string(), 120))?;
    let reply = expect(reply, 250)?;
    let _ = conversation.say("QUIT").await;
    Ok(reply.auth())
}
