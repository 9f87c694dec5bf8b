//! What keeps a service from starting is told, and nothing is listened on.

use super::{ORG, uat, without_orgs};
use crate::support::certificate::Authority;
use crate::support::service::{Call, Setup};

/// The exit code and what is said, the folder of the test left out.
async fn fails(setup: &Setup) -> (i32, String) {
    let ran = setup.fail().await;
    assert_eq!(ran.stdout, "");
    assert!(!ran.stderr.contains("listening"), "{}", ran.stderr);
    let folder = setup.path("").to_string_lossy().trim_end_matches('/').to_string();
    (ran.code, ran.stderr.replace(&folder, ""))
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_wrong_with_the_settings_is_told_at_once() {
    let setup =
        without_orgs().env("RELAY_SCRUB_WEBHOOK_SECRET", "").setting("workers", "1000").setting("grace", "'soon'");
    let (code, said) = fails(&setup.argument("--admin-listen").argument("0.0.0.0:0")).await;
    assert_eq!(code, 2);
    insta::assert_snapshot!(said, @"
    4 problems, and no org was contacted:
      relay-scrub.toml line 18: workers must be a number from 1 to 256
      relay-scrub.toml line 19: grace must be a duration from 0ms to 1h, such as 90s, 5m or 1h
      --admin-listen: is not this machine alone, so the private listener wants a token (--admin-token-file, RELAY_SCRUB_ADMIN_TOKEN or admin_token_file in [service])
      there is no secret that tells true deliveries from false ones (--webhook-secret-file, RELAY_SCRUB_WEBHOOK_SECRET or webhook_secret_file in [service])
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_is_told() {
    let taken = std::net::TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let address = taken.local_addr().expect("an address").to_string();
    let (code, said) = fails(&without_orgs().argument("--listen").argument(&address)).await;
    let said = said.lines().last().unwrap_or_default();
    assert_eq!(
        (code, said),
        (
            2,
            format!(
                "{address} can't be listened on: Address already in use (os error 98). Does another service run there? \
                 End it, or give another --listen or --admin-listen."
            )
            .as_str()
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_that_does_not_fit_is_told() {
    let pairs = [Authority::new().issue(), Authority::new().issue()];
    let setup = without_orgs().argument("--tls-cert").argument("c.pem").argument("--tls-key").argument("k.pem");
    setup.file("c.pem", &pairs[0].certificate);
    insta::assert_snapshot!(fails(&setup).await.1, @"/k.pem can't be used as a private key in PEM: No such file or directory (os error 2)");
    setup.file("k.pem", "nonsense");
    insta::assert_snapshot!(fails(&setup).await.1, @"/k.pem can't be used as a private key in PEM: there is none in it");
    setup.file("k.pem", &pairs[1].key);
    let (code, said) = fails(&setup).await;
    insta::assert_snapshot!(said, @"the certificate /c.pem and the key /k.pem can't be used together: keys may not be consistent: KeyMismatch");
    assert_eq!(code, 2);
    setup.file("c.pem", &pairs[0].key);
    insta::assert_snapshot!(fails(&setup).await.1, @"/c.pem can't be used as a certificate in PEM: there is none in it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_can_not_be_had_is_told() {
    let (_simulator, _org, setup) = uat().await;
    std::fs::create_dir(setup.path("folder")).expect("a folder");
    let (code, said) = fails(&setup.database("sqlite:folder")).await;
    assert_eq!(code, 2, "{said}");
    insta::assert_snapshot!(said, @"the database sqlite:/folder could not be made or opened: Is a directory (os error 21)");
    let (code, said) = fails(&without_orgs().database("postgres://nobody@127.0.0.1:1/none")).await;
    assert_eq!(code, 1, "{said}");
    insta::assert_snapshot!(said, @"the database postgres://nobody@127.0.0.1:1/none could not be opened: error communicating with database: Connection refused (os error 111)");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_and_a_folder_that_are_made_are_told() {
    let setup = without_orgs().database("sqlite:misspelt/queue.sqlite");
    let folder = setup.path("misspelt").display().to_string();
    let mut service = setup.start().await;
    assert_eq!(service.says("made a folder for the database").await["fields"]["folder"], folder);
    let told = service.says("making a database, for there is none there").await;
    assert_eq!(told["fields"]["path"], format!("{folder}/queue.sqlite"));
    service.stop().await;
    let mut service = setup.start().await;
    service.says("ready").await;
    assert!(service.lines("making a database, for there is none there").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_org_that_can_not_be_cleared_is_told_at_the_start_and_its_deliveries_are_taken() {
    let address = "instance_url = \"https://acme--uat.sandbox.my.salesforce.com\"";
    let setup = Setup::with_sections(&format!("[orgs.uat]\n{address}\nauth = \"jwt\"\nusername = \"x\"\n"));
    let mut service = setup.start().await;
    let told = service.says("jobs of this org will wait until this is mended").await;
    assert_eq!(told["fields"]["org"], "uat");
    assert!(told["fields"]["problem"].as_str().is_some_and(|text| text.contains("there is no private key")), "{told}");
    let job = service.deliver(&Call::of("uat", ORG)).await;
    assert_eq!(service.comes_to(&job, "waiting").await["sandbox"], "uat");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_for_notices_that_is_not_there_is_told_at_the_start() {
    let told = "the program of notify_command is not there: nobody is told of jobs until it is";
    for program in ["no-such-program-anywhere", "./no-such-program"] {
        let setup = without_orgs().argument("--notify-command").argument(&format!("{program} --flag"));
        let mut service = setup.start().await;
        assert_eq!(service.says(told).await["fields"]["program"], program);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_ended_long_ago_are_let_go_at_the_start() {
    let (_simulator, org, setup) = uat().await;
    let service = setup.start().await;
    let job = service.deliver(&Call::of("uat", &org.id())).await;
    service.comes_to(&job, "done").await;
    service.stop().await;
    let service = setup.start().await;
    assert_eq!(service.job_list().await.len(), 1, "it is kept for --keep-jobs");
    service.stop().await;

    let mut service = setup.setting("keep_jobs", "'1ms'").start().await;
    service.says("jobs that ended long ago were deleted").await;
    assert_eq!(service.job_list().await.len(), 0);
}
