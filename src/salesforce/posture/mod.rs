//! The audit's handle: it reads how email is set up, has no method that writes, and asks for no field that holds a
//! credential. It is the only one that can look at production, where the user said so.

mod rows;
mod soap;

use std::slice;
use std::sync::Arc;

use self::rows::{ADDRESSES, FILTERS, KEYS, KEYS_BEFORE_PATTERNS, RELAYS, Table};
use super::address::Reach;
use super::client::Client;
use super::composite::{Composite, CompositeAnswer, PROVEN_ID};
use super::destination::Destination;
use super::error::Error;
use super::http::Transport;
use super::ledger::Ledger;
use super::patience::Until;
use super::proof::{ORGANIZATION, check_proof, identity_query};
use super::shape::Shape;
use crate::domain::api_version::ApiVersion;
use crate::domain::finding::{Seen, Unseen};
use crate::domain::id::OrgId;
use crate::domain::org::Org;
use crate::domain::posture::Posture;

/// A session that reads how an org's email is set up, and nothing else.
///
/// In production it stands in place of a [`Sandbox`](super::Sandbox), and has none of what that can do:
///
/// ```compile_fail,E0599
/// async fn write(mut reader: relay_scrub::salesforce::PostureReader, rule: relay_scrub::domain::rule::Rule) {
///     reader.clear(&rule, &[]).await;
/// }
/// ```
/// ```compile_fail,E0599
/// // It does not become a handle that writes.
/// async fn prove(reader: relay_scrub::salesforce::PostureReader, rule: relay_scrub::domain::rule::Rule) {
///     reader.prove(&rule).await;
/// }
/// ```
/// ```compile_fail,E0616
/// // Nor does it give its session away, which could.
/// fn take(reader: relay_scrub::salesforce::PostureReader) -> relay_scrub::salesforce::Client {
///     reader.client
/// }
/// ```
/// ```compile_fail,E0624
/// // And no other session gets beyond the addresses of sandboxes.
/// async fn widen(
///     destination: relay_scrub::salesforce::Destination,
///     transport: &relay_scrub::salesforce::Transport,
///     ledger: &std::sync::Arc<relay_scrub::salesforce::Ledger>,
/// ) {
///     let reach = relay_scrub::salesforce::Reach::AnyOrg;
///     let until = std::time::Instant::now();
///     relay_scrub::salesforce::Client::connect_within(reach, destination, transport, until, ledger).await;
/// }
/// ```
///
/// What these would be without their mistakes does compile:
///
/// ```
/// async fn whole(reader: relay_scrub::salesforce::PostureReader) {
///     let _ = reader.read().await;
/// }
/// ```
#[derive(Debug)]
pub struct PostureReader {
    client: Client,
}

impl PostureReader {
    /// Checks the addresses, and logs in. What is to be told of it, whatever its end, goes to the ledger.
    pub async fn connect(
        destination: Destination,
        reach: Reach,
        transport: &Transport,
        until: Until,
        ledger: &Arc<Ledger>,
    ) -> Result<Self, Error> {
        Ok(Self { client: Client::connect_within(reach, destination, transport, until, ledger).await? })
    }

    /// Reads all there is to read. What the user may not see is told in its place; an error is what stands in the way of
    /// everything.
    ///
    /// The settings come between two requests that prove which org it is, for SOAP can't carry the proof along.
    pub async fn read(mut self) -> Result<(Org, ApiVersion, Posture), Error> {
        let first = self.first().await?;
        self.client.remember_org(&first.org);
        let org = first.org.id.clone();
        let relays = match (first.relays, self.described(first.shape).await?) {
            (_, Err(unseen)) => Err(unseen),
            (relays, Ok(())) => self.whole(&RELAYS, &org, relays, rows::relay).await?,
        };
        let filters = self.whole(&FILTERS, &org, first.filters, rows::filter).await?;
        let settings = soap::settings(&mut self.client).await?;
        let second = self.second(&first.org).await?;
        let keys = match second.keys {
            // Orgs that have no patterns yet have no field for them.
            Err(unseen) if unseen.reason.contains("DomainMatchPattern") => {
                self.whole(&KEYS_BEFORE_PATTERNS, &org, Ok((Vec::new(), false)), rows::key).await?
            }
            keys => self.whole(&KEYS, &org, keys, rows::key).await?,
        };
        let addresses = self.whole(&ADDRESSES, &org, second.addresses, rows::address).await?;
        let posture = Posture { relays, with_credentials: second.with_credentials, filters, keys, addresses, settings };
        Ok((first.org, self.client.api_version(), posture))
    }

    async fn first(&mut self) -> Result<First, Error> {
        let reach = self.client.reach();
        self.client
            .composite(
                |version, orgs| {
                    Composite::independent(version)
                        .query("org", ORGANIZATION)
                        .query("proof", &identity_query(reach, orgs))
                        .get("shape", &format!("/sobjects/{}/describe", RELAYS.object))
                        .query("relays", &RELAYS.query(None))
                        .query("filters", &FILTERS.query(None))
                },
                First::read,
                Error::is_passing,
            )
            .await
    }

    async fn second(&mut self, org: &Org) -> Result<Second, Error> {
        let (reach, id) = (self.client.reach(), org.id.clone());
        let counts = org.is_sandbox;
        self.client
            .composite(
                |version, _| {
                    let proof = identity_query(reach, slice::from_ref(&id));
                    let composite = Composite::independent(version).query("proof", &proof);
                    let composite = if counts { composite.query("counted", &exposed_query()) } else { composite };
                    composite.query("keys", &KEYS.query(None)).query("addresses", &ADDRESSES.query(None))
                },
                |answer, client| Second::read(&answer, client, &id, counts),
                Error::is_passing,
            )
            .await
    }

    /// Whether the user may read relays at all: no access must not look like no relays.
    async fn described(&mut self, shape: Option<Shape>) -> Result<Seen<()>, Error> {
        let shape = match shape {
            Some(shape) => shape,
            None => match self.client.get(&format!("/sobjects/{}/describe", RELAYS.object)).await {
                Ok(json) => match Shape::read(&json) {
                    Some(shape) => shape,
                    None => return Ok(Err(Unseen::hindered("The description of EmailRelay can't be read."))),
                },
                Err(Error::Api { code, message }) => return Ok(Err(rows::not_seen(RELAYS.object, &code, &message))),
                Err(error) => return Err(error),
            },
        };
        let lacking = || Unseen::hindered("The user may not read EmailRelay.");
        Ok(if shape.is_queryable() { Ok(()) } else { Err(lacking()) })
    }

    /// The rows that are still to come, by key, and all of them as what they stand for.
    async fn whole<T>(
        &mut self,
        table: &Table,
        org: &OrgId,
        first: Seen<rows::Page>,
        read: fn(&serde_json::Value) -> Result<T, String>,
    ) -> Result<Seen<Vec<T>>, Error> {
        let (mut all, mut done) = match first {
            Ok(page) => page,
            Err(unseen) => return Ok(Err(unseen)),
        };
        while !done {
            let query = table.query(all.last());
            let reach = self.client.reach();
            let next = self.client.composite(
                |version, _| {
                    let proof = identity_query(reach, slice::from_ref(org));
                    Composite::independent(version).query("proof", &proof).query("rows", &query)
                },
                |answer, client| {
                    check_proof(client.part(&answer, "proof")?.settled()?, org)?;
                    rows::page(client.part(&answer, "rows")?, table)
                },
                Error::is_passing,
            );
            match next.await? {
                Ok((rows, is_last)) if rows::go_on(&all, &rows) || is_last => {
                    all.extend(rows);
                    done = is_last;
                }
                Ok(_) => return Ok(Err(Unseen::hindered(format!("Pages of {} without an end.", table.object)))),
                Err(unseen) => return Ok(Err(unseen)),
            }
        }
        let read: Result<Vec<T>, String> = all.iter().map(read).collect();
        Ok(read.map_err(|what| Unseen::hindered(format!("Salesforce's answer for {}: {what}.", table.object))))
    }
}

/// Counts the relays that the snippet would clear; their user names stay in the org.
fn exposed_query() -> String {
    let condition = "(IsRequireAuth = true OR Username != null)";
    format!("SELECT count() FROM {} WHERE Id != '{PROVEN_ID}' AND {condition}", RELAYS.object)
}

/// What the first request read.
struct First {
    org: Org,
    shape: Option<Shape>,
    relays: Seen<rows::Page>,
    filters: Seen<rows::Page>,
}

impl First {
    fn read(answer: CompositeAnswer, client: &Client) -> Result<Self, Error> {
        let org = client.take_word(client.part(&answer, "org")?.settled()?, client.known_org())?;
        check_proof(client.part(&answer, "proof")?.settled()?, &org.id)?;
        let shape = client.part(&answer, "shape")?;
        let shape = if shape.succeeded() { Shape::read(&shape.body) } else { None };
        let relays = rows::page(client.part(&answer, "relays")?, &RELAYS)?;
        let filters = rows::page(client.part(&answer, "filters")?, &FILTERS)?;
        Ok(Self { org, shape, relays, filters })
    }
}

/// What the second request read.
struct Second {
    /// Nothing where it was not asked.
    with_credentials: Option<Seen<usize>>,
    keys: Seen<rows::Page>,
    addresses: Seen<rows::Page>,
}

impl Second {
    fn read(answer: &CompositeAnswer, client: &Client, id: &OrgId, counts: bool) -> Result<Self, Error> {
        check_proof(client.part(answer, "proof")?.settled()?, id)?;
        let with_credentials = if counts { Some(rows::count(client.part(answer, "counted")?, &RELAYS)?) } else { None };
        let keys = rows::page(client.part(answer, "keys")?, &KEYS)?;
        let addresses = rows::page(client.part(answer, "addresses")?, &ADDRESSES)?;
        Ok(Self { with_credentials, keys, addresses })
    }
}
