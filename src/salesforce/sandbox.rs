//! The handle that only an org's own proof gives, and the only one that can read or clear a record.
//!
//! Lock 3: each request made here carries the proof again, and Salesforce itself halts the rest where it does not hold.

use super::client::Client;
use super::error::Error;
use super::read::{Reading, read_all};
use super::write::{Answer, write};
use crate::domain::api_version::ApiVersion;
use crate::domain::id::RecordId;
use crate::domain::org::Org;
use crate::domain::rule::Rule;

/// An org that has proven to be a sandbox or a scratch org.
///
/// ```compile_fail,E0451
/// // Its fields are private: nobody but the proof can make one.
/// fn forge(client: relay_scrub::salesforce::Client, org: relay_scrub::domain::org::Org) {
///     let sandbox = relay_scrub::salesforce::Sandbox { client, org };
/// }
/// ```
///
/// ```compile_fail,E0599
/// // And before the proof there is nothing to read or clear with.
/// async fn read(client: relay_scrub::salesforce::Client, rule: relay_scrub::domain::rule::Rule) {
///     client.read(&rule).await;
/// }
/// ```
/// ```compile_fail,E0599
/// async fn clear(mut client: relay_scrub::salesforce::Client, rule: relay_scrub::domain::rule::Rule) {
///     client.clear(&rule, &[]).await;
/// }
/// ```
///
/// ```compile_fail,E0382
/// // The proof uses the client up: no session of before is left to be used beside the handle.
/// async fn prove(client: relay_scrub::salesforce::Client, rule: relay_scrub::domain::rule::Rule) {
///     let proven = client.prove(&rule).await;
///     let again = client.prove(&rule).await;
/// }
/// ```
///
/// ```compile_fail,E0616
/// // Nor does the handle give its session away.
/// fn take(sandbox: relay_scrub::salesforce::Sandbox) -> relay_scrub::salesforce::Client {
///     sandbox.client
/// }
/// ```
///
/// What these would be without their mistakes does compile:
///
/// ```
/// async fn whole(client: relay_scrub::salesforce::Client, rule: relay_scrub::domain::rule::Rule) {
///     if let Ok((mut sandbox, _)) = client.prove(&rule).await {
///         let _ = sandbox.read(&rule).await;
///         let _ = sandbox.clear(&rule, &[]).await;
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Sandbox {
    client: Client,
    org: Org,
}

impl Client {
    /// Proves in one request that the org is a sandbox, and reads the rule's records; or refuses.
    pub async fn prove(mut self, rule: &Rule) -> Result<(Sandbox, Reading), Error> {
        let (org, reading) = read_all(&mut self, rule).await?;
        Ok((Sandbox { client: self, org }, reading))
    }
}

impl Sandbox {
    /// The org as it described itself.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The API version in use.
    pub fn api_version(&self) -> ApiVersion {
        self.client.api_version()
    }

    /// Reads the rule's records again. The org gives its word and its proof again, too.
    pub async fn read(&mut self, rule: &Rule) -> Result<Reading, Error> {
        let (org, reading) = read_all(&mut self.client, rule).await?;
        self.org = org;
        Ok(reading)
    }

    /// Sets the rule's assignments on at most [`BATCH`](super::BATCH) records: all of them, or none.
    ///
    /// The answers are in the order of `ids`. An error of which [`Error::may_have_been_carried_out`] is true leaves open
    /// what happened: read again. After any other, nothing was changed.
    pub async fn clear(&mut self, rule: &Rule, ids: &[RecordId]) -> Result<Vec<Answer>, Error> {
        write(&mut self.client, &self.org.id, rule, ids).await
    }
}
