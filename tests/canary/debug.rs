//! What Debug tells of the types that hold a secret, alone and inside of others.

use std::fmt::Debug;

use relay_scrub::config::Environment;
use relay_scrub::domain::api_version::ApiVersion;
use relay_scrub::domain::record::{Record, Value};
use relay_scrub::salesforce::{AllowedHosts, Destination, Expected, Reading};
use relay_scrub::scrub::Order;
use relay_scrub::secrets::{Credential, RefreshTokenKeeper, Secret};

use super::hunt::Hunt;

const PLANTED: &str = "hidden-from-every-debug";

fn secret() -> Secret {
    Secret::new(PLANTED.into())
}

fn look(what: &impl Debug) {
    let mut hunt = Hunt::default();
    hunt.plant("it", PLANTED);
    let shown = format!("{what:?} {what:#?}");
    assert!(!hunt.is_in(&shown), "{shown}");
}

#[tokio::test]
async fn debug_tells_no_secret_of_any_type_that_holds_one() {
    let text = || "id".to_string();
    let keeper = RefreshTokenKeeper::environment(text(), secret());
    look(&secret());
    look(&keeper.take().await.expect("the token"));
    let credentials = [
        Credential::ClientCredentials { client_id: text(), client_secret: secret() },
        Credential::Jwt { client_id: text(), username: text(), key: secret(), audience: None },
        Credential::RefreshToken { client_id: text(), client_secret: Some(secret()), keeper },
        Credential::AccessToken { token: secret() },
    ];
    for credential in credentials {
        let destination = Destination {
            instance_url: Some("https://acme--uat.sandbox.my.salesforce.com".parse().expect("a URL")),
            login_url: None,
            credential,
            api_version: ApiVersion::DEFAULT,
            expected: Expected::default(),
            allowed_hosts: AllowedHosts::new([]).expect("no hosts"),
        };
        look(&Order { name: text(), destination, agreed: None });
    }
    look(&Environment::new([("RELAY_SCRUB_CLIENT_SECRET", PLANTED), ("SF_ACCESS_TOKEN", PLANTED)]));
}

#[test]
fn debug_tells_no_username_of_a_record() {
    let fields = [("Username".to_string(), Value::Text(PLANTED.into()))].into();
    let record = Record { id: "0Xe5e0000000001".parse().expect("an id"), fields };
    look(&Reading { records: vec![record], unknown_credential_fields: Vec::new() });
}
