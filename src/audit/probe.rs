//! Connects to a relay's mail servers as Salesforce does, and hears what they offer. No mail and no credential is sent.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{AlertDescription, CertificateError};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::certificate::Witness;
use super::names::Names;
use super::smtp::{Conversation, Reply, in_time};
use crate::domain::finding::{Seen, Unseen};
use crate::domain::mail_server::{Greeting, MailServer, Tls};
use crate::domain::posture::Relay;
use crate::domain::printable::excerpt;

/// For a connection, for what is said over it, and for all addresses of a server: mail servers may let a stranger wait.
const CONNECT: Duration = Duration::from_secs(10);
const TALK: Duration = Duration::from_secs(60);
const SERVER: Duration = Duration::from_secs(90);

/// A relay may have many servers, and a server many addresses; so many are asked.
const MOST_SERVERS: usize = 10;
const MOST_ADDRESSES: usize = 6;

/// What a server is asked for, and when it has to have answered.
#[derive(Clone)]
struct Question {
    /// The relay's own host, for which a certificate may be made too.
    relay: String,
    port: u16,
    until: Instant,
    /// Where names are not to be looked up, MX records are not either.
    without_mx: bool,
}

/// A mail server of a relay, and its addresses; or why they are not known.
struct Place {
    host: String,
    addresses: Seen<Vec<IpAddr>>,
}

/// Asks all mail servers of a relay, side by side: Salesforce may turn to each of them. Where names are not to be looked
/// up, the system's own way to an address is left. What has not answered at a set time is not waited for.
pub(super) async fn probe(relay: Relay, names: Option<Names>, until: Instant) -> Seen<Vec<MailServer>> {
    let no_port = |_| Unseen::hindered(format!("{} is no port.", excerpt(&relay.port, 20)));
    let port = relay.port.parse().map_err(no_port)?;
    let late = |_| Unseen::hindered(format!("DNS gave no answer for {} in time.", excerpt(&relay.host, 253)));
    let places = timeout_at(until, places(&relay.host, port, names.as_ref())).await.map_err(late)??;
    let question = Question { relay: bare(&relay.host).to_string(), port, until, without_mx: names.is_none() };
    let mut asking = JoinSet::new();
    for (rank, place) in places.into_iter().enumerate() {
        let question = question.clone();
        asking.spawn(async move { (rank, server(place, question).await) });
    }
    let mut servers = asking.join_all().await;
    servers.sort_by_key(|(rank, _)| *rank);
    Ok(servers.into_iter().map(|(_, server)| server).collect())
}

/// A host without the brackets that an address may stand in.
fn bare(host: &str) -> &str {
    host.trim_matches(['[', ']'])
}

/// The MX records come first, then the host's own address ("Set Up Email Relay"). Which servers there are is not known
/// where no answer comes for the MX records (RFC 5321, 5.1).
async fn places(host: &str, port: u16, names: Option<&Names>) -> Seen<Vec<Place>> {
    let own = |addresses| vec![Place { host: bare(host).to_string(), addresses }];
    if let Ok(address) = bare(host).parse::<IpAddr>() {
        return Ok(own(Ok(vec![address])));
    }
    let Some(names) = names else {
        let found = tokio::net::lookup_host((host, port)).await;
        let found = found.map_err(|error| Unseen::hindered(format!("{}.", excerpt(&error.to_string(), 120))))?;
        return Ok(own(Ok(found.map(|address| address.ip()).collect())));
    };
    let mut exchanges: Vec<String> = Vec::new();
    for exchange in names.mail_servers(host).await? {
        if !exchanges.contains(&exchange) {
            exchanges.push(exchange);
        }
    }
    if exchanges.is_empty() {
        return Ok(own(names.addresses(host).await));
    }
    let others = exchanges.split_off(exchanges.len().min(MOST_SERVERS));
    let mut asking = JoinSet::new();
    for (rank, exchange) in exchanges.into_iter().enumerate() {
        let names = names.clone();
        asking.spawn(async move { (rank, place(exchange, &names).await) });
    }
    let mut places = asking.join_all().await;
    places.sort_by_key(|(rank, _)| *rank);
    let rest = (!others.is_empty()).then(|| Place {
        host: format!("and {} more", others.len()),
        addresses: Err(Unseen::hindered(format!("The first {MOST_SERVERS} servers alone are asked."))),
    });
    Ok(places.into_iter().map(|(_, place)| place).chain(rest).collect())
}

async fn place(exchange: String, names: &Names) -> Place {
    // RFC 7505: the one name without a label says that there is no mail server.
    if exchange.is_empty() {
        return Place {
            host: ".".into(),
            addresses: Err(Unseen::hindered("Its MX record says that it takes no mail.")),
        };
    }
    let addresses = names.addresses(&exchange).await;
    Place { host: exchange, addresses }
}

/// Tries the addresses of a server until one answers.
async fn server(place: Place, question: Question) -> MailServer {
    let Place { host, addresses } = place;
    let until = question.until.min(Instant::now() + SERVER);
    let greeting = match addresses {
        Err(unseen) => Err(unseen),
        Ok(addresses) => first_answer(&host, addresses, &Question { until, ..question }).await,
    };
    MailServer { host, greeting }
}

async fn first_answer(host: &str, addresses: Vec<IpAddr>, question: &Question) -> Seen<Greeting> {
    let mut silent = Vec::new();
    for (place, address) in addresses.iter().enumerate().take(MOST_ADDRESSES) {
        match ask(host, SocketAddr::new(*address, question.port), question).await {
            Ok(greeting) => {
                let not_asked = addresses.iter().skip(place + 1).copied().collect();
                return Ok(Greeting { silent, not_asked, ..greeting });
            }
            Err(error) => silent.push(format!("{address}: {}", shown(&error))),
        }
        if Instant::now() >= question.until {
            break;
        }
    }
    Err(Unseen::hindered(match silent.as_slice() {
        [] => format!("{host} has no address."),
        silent => format!("{}.", silent.join("; ")),
    }))
}

fn shown(error: &io::Error) -> String {
    excerpt(&error.to_string(), 120)
}

/// Says EHLO, begins TLS where it is offered, says EHLO again, and leaves.
async fn ask(host: &str, address: SocketAddr, question: &Question) -> io::Result<Greeting> {
    let connected = question.until.min(Instant::now() + CONNECT);
    let connecting = timeout_at(connected, TcpStream::connect(address)).await;
    let stream =
        connecting.unwrap_or_else(|_| Err(io::Error::new(io::ErrorKind::TimedOut, "no connection in time")))?;
    let until = question.until.min(Instant::now() + TALK);
    let ehlo = hello(stream.local_addr()?.ip());
    let mut conversation = Conversation::over(stream, until);
    let banner = expect(conversation.reply().await?, 220)?;
    let first = expect(conversation.say(&ehlo).await?, 250)?;
    let tls = if first.offers("STARTTLS") {
        start_tls(conversation, [&question.relay, host], &ehlo, until).await
    } else {
        // What is answered to a farewell changes nothing.
        let _ = conversation.say("QUIT").await;
        Tls::NotOffered
    };
    let mx = if question.without_mx { "; its MX records were not looked up" } else { "" };
    Ok(Greeting {
        server: format!("{host} ({address}{mx})"),
        banner: excerpt(&banner.lines.join(" "), 160),
        silent: Vec::new(),
        not_asked: Vec::new(),
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

fn expect(reply: Reply, code: u16) -> io::Result<Reply> {
    if reply.code == code {
        return Ok(reply);
    }
    Err(io::Error::other(format!("it answered {} {}", reply.code, excerpt(&reply.lines.join(" "), 120))))
}

/// Begins TLS and says EHLO under it. Salesforce takes a certificate for the relay's host or for its mail exchange.
async fn start_tls(conversation: Conversation<TcpStream>, names: [&str; 2], ehlo: &str, until: Instant) -> Tls {
    let names = names.iter().filter_map(|name| ServerName::try_from((*name).to_string()).ok()).collect();
    let witness = Witness::for_names(names);
    let (began, auth) = match handshake(conversation, &witness, until).await {
        Err(failed) => {
            (failed, Err(Unseen::hindered("What it offers under TLS can't be told, for TLS did not come about.")))
        }
        Ok(stream) => {
            let version = version(&stream);
            match again(Conversation::over(stream, until), ehlo).await {
                Ok(reply) if reply.code == 250 => (Ok(Ok(version)), Ok(reply.auth())),
                Ok(reply) => {
                    let said = excerpt(&reply.lines.join(" "), 120);
                    let why = format!("To EHLO under TLS it answered {} {said}.", reply.code);
                    (Ok(Ok(version)), Err(Unseen::hindered(why)))
                }
                // With TLS 1.3 the server's refusal is heard by the first answer.
                Err(error) => {
                    let why = format!("{} after TLS began", shown(&error));
                    (
                        failed(&error, &why, &witness),
                        Err(Unseen::hindered(format!("EHLO under TLS was not answered: {why}."))),
                    )
                }
            }
        }
    };
    Tls::Offered { began, certificate: witness.seen(), auth }
}

/// How TLS failed, where Salesforce would meet that too; or that it failed for what this program is, and Salesforce is not.
fn failed(error: &io::Error, why: &str, witness: &Witness) -> Seen<Result<String, String>> {
    let reason = if error.kind() == io::ErrorKind::TimedOut {
        why.to_string()
    } else if witness.was_asked() {
        format!("the host asks for a client certificate, and this program has none ({why})")
    } else if is_about_this_program(error) {
        format!("the host may want versions, ciphers or names that this program does not offer, or the like ({why})")
    } else {
        return Ok(Err(why.to_string()));
    };
    Err(Unseen::hindered(format!("STARTTLS is offered; {reason}.")))
}

/// True if another client could have had another answer: an alert is about what this one said (RFC 8446, 6.2), unless the
/// host is in trouble itself; and so is what the library does not know, or does not take.
fn is_about_this_program(error: &io::Error) -> bool {
    let error = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match error {
        Some(rustls::Error::AlertReceived(alert)) => *alert != AlertDescription::InternalError,
        Some(rustls::Error::InvalidCertificate(error)) => *error != CertificateError::BadSignature,
        Some(rustls::Error::PeerIncompatible(_)) => true,
        _ => false,
    }
}

/// An error is how TLS failed, or why that can't be told.
async fn handshake(
    mut conversation: Conversation<TcpStream>,
    witness: &Arc<Witness>,
    until: Instant,
) -> Result<TlsStream<TcpStream>, Seen<Result<String, String>>> {
    let unable = |why: String| Err(Unseen::hindered(format!("STARTTLS is offered; no TLS can begin here: {why}.")));
    let name = witness.name().ok_or_else(|| unable("the host's name is none for TLS".into()))?;
    let config = witness.client().map_err(|error| unable(excerpt(&error.to_string(), 120)))?;
    let broken = |error: io::Error| failed(&error, &shown(&error), witness);
    let reply = conversation.say("STARTTLS").await.map_err(broken)?;
    if reply.code != 220 {
        return Err(Ok(Err(format!("the host answered {}", reply.code))));
    }
    let stream = conversation.into_stream().map_err(broken)?;
    in_time(until, TlsConnector::from(Arc::new(config)).connect(name, stream)).await.map_err(broken)
}

fn version(stream: &TlsStream<TcpStream>) -> String {
    let version = stream.get_ref().1.protocol_version();
    let shown = version.map_or("TLS", |version| match version {
        rustls::ProtocolVersion::TLSv1_3 => "TLS 1.3",
        rustls::ProtocolVersion::TLSv1_2 => "TLS 1.2",
        _ => "TLS",
    });
    shown.to_string()
}

async fn again(mut conversation: Conversation<TlsStream<TcpStream>>, ehlo: &str) -> io::Result<Reply> {
    let reply = conversation.say(ehlo).await?;
    let _ = conversation.say("QUIT").await;
    Ok(reply)
}
