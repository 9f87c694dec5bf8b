//! Where the database of the service may be named.

use relay_scrub::config::{DatabaseAsked, Environment, Places, Source, Sourced, resolve_database};

fn resolved(asked: &DatabaseAsked, variable: &str) -> Result<String, String> {
    let places =
        Places { working_directory: "/here".into(), data_folder: Some("/home/data".into()), ..Places::default() };
    let environment = Environment::new([("RELAY_SCRUB_DATABASE", variable)]);
    let resolved = resolve_database(asked, &environment, &places);
    resolved.map(|(database, _)| database.to_string()).map_err(|errors| errors.to_string())
}

#[cfg(unix)]
#[test]
fn the_flag_counts_before_the_variable_and_that_before_the_file() {
    let line = Source::File { path: "relay-scrub.toml".into(), line: 3 };
    let mut asked =
        DatabaseAsked { setting: Some(Sourced::new("sqlite:set.sqlite".into(), line)), ..DatabaseAsked::default() };
    assert_eq!(resolved(&DatabaseAsked::default(), ""), Ok("sqlite:/home/data/relay-scrub/queue.sqlite".into()));
    assert_eq!(resolved(&asked, ""), Ok("sqlite:/here/set.sqlite".into()));
    assert_eq!(resolved(&asked, "postgres://u:planted@db/q"), Ok("postgres://u@db/q".into()));
    asked.flag = Some("sqlite:flag.sqlite".into());
    assert_eq!(resolved(&asked, "postgres://u:planted@db/q"), Ok("sqlite:/here/flag.sqlite".into()));
    asked.file = Some("secret".into());
    assert_eq!(resolved(&asked, ""), Err("--database-file: can't be given beside --database".into()));
    asked.flag = None;
    assert_eq!(resolved(&asked, ""), Err("--database-file: /here/secret does not exist".into()));
}

#[test]
fn a_password_where_others_can_read_it_is_refused() {
    let line = Source::File { path: "relay-scrub.toml".into(), line: 3 };
    let address = "postgres://u:planted@db/q".to_string();
    let flag = DatabaseAsked { flag: Some(address.clone()), ..DatabaseAsked::default() };
    let setting = DatabaseAsked { setting: Some(Sourced::new(address, line)), ..DatabaseAsked::default() };
    for (asked, source) in [(flag, "--database"), (setting, "relay-scrub.toml line 3")] {
        let expected = "has a password in it, which others can read there: give it by RELAY_SCRUB_DATABASE, \
                        --database-file or ~/.pgpass";
        assert_eq!(resolved(&asked, ""), Err(format!("{source}: {expected}")));
    }
}
