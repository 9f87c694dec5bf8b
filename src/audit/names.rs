//! Looking names up in DNS, where "there is none" and "nobody answered" are two things.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig, ResolverOpts};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError, NoRecords};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, RecordType};

use crate::domain::finding::{Seen, Unseen};
use crate::domain::printable::{excerpt, printable};

/// For one try; there are two, and a third by TCP.
const PATIENCE: Duration = Duration::from_secs(4);

/// A resolver: the system's, or one name server that is asked in its place.
#[derive(Clone)]
pub struct Names(TokioResolver);

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Names")
    }
}

impl Names {
    /// The name servers of this machine.
    ///
    /// # Errors
    /// Why the system's settings can't be read.
    pub fn of_system() -> Result<Self, String> {
        let mut builder = TokioResolver::builder_tokio().map_err(|error| excerpt(&error.to_string(), 160))?;
        set(builder.options_mut());
        builder.build().map(Self).map_err(|error| excerpt(&error.to_string(), 160))
    }

    /// This name server, and no other.
    ///
    /// # Errors
    /// Why a resolver can't be made.
    pub fn at(server: SocketAddr) -> Result<Self, String> {
        let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
            connection.port = server.port();
            connection
        });
        let server = NameServerConfig::new(server.ip(), true, connections.into());
        let config = ResolverConfig::from_name_servers(vec![server]);
        let mut builder = TokioResolver::builder_with_config(config, TokioRuntimeProvider::default());
        set(builder.options_mut());
        builder.build().map(Self).map_err(|error| excerpt(&error.to_string(), 160))
    }

    /// The resolver itself, for the library that checks signatures.
    pub(super) fn resolver(&self) -> TokioResolver {
        self.0.clone()
    }

    /// The texts at a name, each put together; none where there are none.
    pub(super) async fn texts(&self, name: &str) -> Seen<Vec<String>> {
        let text = |data: &RData| match data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        };
        self.look_up(name, RecordType::TXT, text).await
    }

    /// Where a name leads to, if it is an alias.
    pub(super) async fn alias(&self, name: &str) -> Seen<Option<String>> {
        let target = |data: &RData| match data {
            RData::CNAME(target) => Some(shown(&target.0)),
            _ => None,
        };
        Ok(self.look_up(name, RecordType::CNAME, target).await?.into_iter().next())
    }

    /// The mail servers of a domain, the preferred one first; none where there are none.
    pub(super) async fn mail_servers(&self, domain: &str) -> Seen<Vec<String>> {
        let exchange = |data: &RData| match data {
            RData::MX(mx) => Some((mx.preference, shown(&mx.exchange))),
            _ => None,
        };
        let mut found = self.look_up(domain, RecordType::MX, exchange).await?;
        found.sort();
        Ok(found.into_iter().map(|(_, host)| host).collect())
    }

    /// The addresses of a host, in the same order each time; none where there are none. Where one kind of address is found,
    /// it is enough.
    pub(super) async fn addresses(&self, host: &str) -> Seen<Vec<IpAddr>> {
        let address = |data: &RData| match data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        let (four, six) =
            tokio::join!(self.look_up(host, RecordType::A, address), self.look_up(host, RecordType::AAAA, address));
        let mut found = match (four, six) {
            (Ok(mut four), Ok(six)) => {
                four.extend(six);
                four
            }
            (Ok(found), Err(unseen)) | (Err(unseen), Ok(found)) => {
                if found.is_empty() {
                    return Err(unseen);
                }
                found
            }
            (Err(unseen), Err(_)) => return Err(unseen),
        };
        found.sort();
        Ok(found)
    }

    async fn look_up<T>(&self, name: &str, kind: RecordType, read: impl Fn(&RData) -> Option<T>) -> Seen<Vec<T>> {
        let invalid = |_| Unseen::hindered(format!("{} is no name that DNS could have.", excerpt(name, 100)));
        let mut fqdn = Name::from_utf8(name).map_err(invalid)?;
        // A whole name: the machine's search list has nothing to say here.
        fqdn.set_fqdn(true);
        match self.0.lookup(fqdn, kind).await {
            Ok(found) => Ok(found.answers().iter().filter_map(|record| read(&record.data)).collect()),
            Err(error) if is_absent(&error) => Ok(Vec::new()),
            Err(error) => {
                let why = excerpt(&error.to_string(), 120);
                Err(Unseen::hindered(format!("DNS gave no answer for {}: {why}.", printable(name))))
            }
        }
    }
}

fn set(options: &mut ResolverOpts) {
    options.timeout = PATIENCE;
    options.attempts = 1;
    options.try_tcp_on_error = true;
}

/// True if a server answered that there is nothing, and not that it could not tell.
///
/// Who only names the servers that would know has told nothing (RFC 2308, 2.2). An empty answer without a zone's `SOA` is
/// one, though: caches such as dnsmasq keep none.
fn is_absent(error: &NetError) -> bool {
    let NetError::Dns(DnsError::NoRecordsFound(NoRecords { response_code, soa, ns, .. })) = error else { return false };
    match *response_code {
        ResponseCode::NXDomain => true,
        ResponseCode::NoError => soa.is_some() || ns.is_none(),
        _ => false,
    }
}

fn shown(name: &Name) -> String {
    printable(name.to_utf8().trim_end_matches('.')).to_ascii_lowercase()
}
