//! What the hook answers, and that it answers nothing else.

use relay_scrub::simulator::Simulator;

use crate::support::program::{exposed, is_cleared, sandbox};
use crate::support::service::{Call, Setup};

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_accepted_kept_and_ends_with_a_clean_sandbox() {
    let simulator = Simulator::start().await.expect("a simulator");
    let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
    let setup = Setup::new(&[("uat", &org)]);
    let service = setup.start().await;
    let call = Call::of("UAT", &org.id());
    let job = service.deliver(&call).await;
    let done = service.comes_to(&job, "done").await;
    assert_eq!((done["sandbox"].as_str(), done["outcome"].as_str()), (Some("uat"), Some("cleared")), "{done:#}");
    assert!(org.relays().iter().all(is_cleared));

    assert_eq!(service.deliver(&call).await, job, "the same delivery again has the same job");
    let (code, log) = service.stop().await;
    assert_eq!(code, 0, "{log:#?}");

    let service = setup.start().await;
    assert_eq!(service.deliver(&call).await, job, "after a restart too");
    assert_eq!(service.job(&job).await["attempts"], 1);
}
