//! The report: its schema, its text, and what is in neither.

use super::*;
use relay_scrub::output::audit_json;

/// A sandbox with something of every level.
pub(super) fn bad() -> OrgSetup {
    let mut setup = acme(OrgKind::Sandbox);
    setup.relays[0] = Relay::exposed("smtp.acme.com", "smtp-relay@acme.com", "planted-smtp-password").with_id(RELAY);
    setup.filters[0].from_domain = "acme.com, *.acme.org".into();
    setup.keys[0].key_size = 1024;
    setup.relay(Relay { tls_setting: "Required".into(), ..Relay::clean("backup.acme.com") })
}

#[tokio::test(flavor = "multi_thread")]
async fn every_report_fits_the_schema() {
    let validator = jsonschema::validator_for(&audit_json::schema()).expect("a schema");
    let printed = Program::new(["schema", "audit"]).run().await;
    assert_eq!(printed.report(), audit_json::schema());
    let simulator = simulator().await;
    for setup in [bad(), acme(OrgKind::Sandbox), acme(OrgKind::Production)] {
        let org = add(&simulator, setup).await;
        let (ran, folder) =
            Program::audit(&org, ["--json", "--no-dns", "--report", "audit.json"]).run_in_folder().await;
        let report = ran.report();
        let errors: Vec<_> = validator.iter_errors(&report).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
        assert_eq!(report["schema"], "relay-scrub/audit/v1");
        let written = std::fs::read_to_string(folder.path().join("audit.json")).expect("the report's file");
        assert_eq!(written, ran.stdout);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_says_what_is_wrong_and_where_to_change_it() {
    let simulator = simulator().await;
    for (name, setup) in [("bad", bad()), ("good", acme(OrgKind::Sandbox)), ("refused", acme(OrgKind::Production))] {
        let org = add(&simulator, setup).await;
        let ran = Program::audit(&org, ["--no-dns"]).run().await;
        let port = org.url().rsplit(':').next().expect("a port").to_string();
        let text = ran.stdout.replace(&port, "PORT").replace(&org.id(), "00D000000000000AAA");
        let text = text.lines().map(without_duration).collect::<Vec<_>>().join("\n");
        insta::assert_snapshot!(format!("text_{name}"), text);
        assert_eq!(ran.stderr, "");
    }
}

/// "4 requests, 54 ms." without the time, which no test asserts.
fn without_duration(line: &str) -> String {
    match line.split_once(" requests, ") {
        Some((count, _)) => format!("{count} requests, some time."),
        None => line.to_string(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_credential_is_in_any_output_at_any_verbosity() {
    let simulator = simulator().await;
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let setup = OrgSetup { relays: bad().relays, ..acme(kind) };
        for loud in [["-vvv", "--json"], ["-vvv", "--no-color"]] {
            let org = add(&simulator, setup.clone()).await;
            // What quotes the request: the session is in the envelope.
            let quoting = Fault::status(
                Matcher::path_contains("/services/Soap/"),
                500,
                &[("content-type", "text/xml")],
                "<Envelope><faultcode>sf:OOPS</faultcode><faultstring>QUOTE</faultstring></Envelope>",
            );
            org.fault(quoting);
            let line = ["--no-dns", "--allow-production"].into_iter().chain(loud);
            let files = ["--report", "audit.json", "--junit", "audit.xml", "--sarif", "audit.sarif"];
            let program = Program::audit(&org, line.chain(files)).env("RELAY_SCRUB_LOG", "trace");
            let (summary, output) = (program.path("summary.md"), program.path("output"));
            let program = program.env("GITHUB_ACTIONS", "true").env("GITHUB_OUTPUT", output);
            let (ran, folder) = program.env("GITHUB_STEP_SUMMARY", summary).run_in_folder().await;
            assert_eq!(ran.code, 0, "{ran:?}");
            let mut said = format!("{}{}", ran.stdout, ran.stderr);
            for name in ["audit.json", "audit.xml", "audit.sarif", "summary.md", "output"] {
                said += &std::fs::read_to_string(folder.path().join(name)).expect(name);
            }
            let tokens = org.tokens_issued();
            let tokens = tokens.iter().filter_map(|token| token.split_once('!')).map(|(_, secret)| secret);
            for secret in tokens.chain([CONSUMER_SECRET, "planted-smtp-password", "smtp-relay@acme.com"]) {
                assert!(!said.contains(secret), "{secret} in {said}");
            }
        }
    }
}

/// The same text as XML may have it: each is put together again by whoever reads it.
fn encodings(text: &str) -> [String; 8] {
    let (head, tail) = text.split_at(10);
    [
        text.to_string(),
        text.replace('!', "&#33;"),
        format!("&#x{:x};{}", text.as_bytes()[0], &text[1..]),
        text.chars().map(|character| format!("&#{};", u32::from(character))).collect(),
        format!("{head}<!-- -->{tail}"),
        format!("{head}<![CDATA[{tail}]]>"),
        format!("{head}<?x y?>{tail}"),
        format!("{head}&#x200B;{tail}"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_soap_quotes_of_the_session_is_hidden_however_it_is_encoded() {
    let simulator = simulator().await;
    for kind in [OrgKind::Sandbox, OrgKind::Production] {
        let org = add(&simulator, acme(kind)).await;
        let token = org.open_session(USER);
        for quoted in encodings(&token) {
            let faults = [
                format!("<faultcode>sf:OOPS</faultcode><faultstring>no session {quoted} here</faultstring>"),
                format!("<faultcode>{quoted}</faultcode><faultstring>no session</faultstring>"),
            ];
            for fault in faults {
                let xml = [("content-type", "text/xml")];
                let body = format!("<Envelope>{fault}</Envelope>");
                org.fault(Fault::status(Matcher::path_contains("/services/Soap/"), 500, &xml, &body));
                let line = ["audit", "--json", "--no-dns", "--allow-production", "-vvv", "--report", "audit.json"];
                let program = Program::new(line.into_iter().chain(["--instance-url", org.url()]));
                let program = program.env("RELAY_SCRUB_ACCESS_TOKEN", &token).env("RELAY_SCRUB_LOG", "trace");
                let (ran, folder) = program.run_in_folder().await;
                let told = seen(&ran.org(), "bounce-management").to_string();
                assert!(told.contains("[secret]") && told.contains("no session"), "{body}: {told}");
                let report = std::fs::read_to_string(folder.path().join("audit.json")).expect("the report's file");
                let (_, secret) = token.split_once('!').expect("a token");
                for said in [&ran.stdout, &ran.stderr, &report] {
                    assert!(!said.contains(&token) && !said.contains(secret), "{body}: {said}");
                }
            }
        }
    }
}
