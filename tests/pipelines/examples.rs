//! The examples in `docs/ci`: their own lines, run as their systems run them, with the address of the releases and the
//! login replaced.

use std::collections::BTreeMap;
use std::process::Stdio;

use relay_scrub::simulator::{SimulatedOrg, Simulator};
use serde_json::Value;
use tempfile::TempDir;
use tokio::process::Command;

use super::release::Release;
use crate::support::program::{CONSUMER_KEY, CONSUMER_SECRET, exposed, is_cleared, requests, sandbox};

/// The two scripts of an example: the one that scrubs, and the one that only looks and fails.
struct Example {
    name: &'static str,
    shell: &'static str,
    scrub: String,
    gate: String,
}

fn examples() -> Vec<Example> {
    vec![gitlab(), azure(), bitbucket(), jenkins()]
}

fn read(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/ci").join(name);
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn lines(value: &Value) -> String {
    let text = |line: &Value| line.as_str().expect("a line").to_string();
    value.as_array().expect("lines").iter().map(text).collect::<Vec<_>>().join("\n")
}

/// Variables as a script that sets them.
fn variables(value: &Value) -> String {
    let plain = value.as_object().expect("variables").iter().filter(|(name, _)| !name.contains("${{"));
    plain.map(|(name, value)| format!("export {name}='{}'\n", value.as_str().expect("a text"))).collect()
}

fn gitlab() -> Example {
    let file = yaml("gitlab-ci.yml");
    let start = format!("{}{}", variables(&file["variables"]), lines(&file[".relay-scrub"]["before_script"]));
    let script = |job: &str| format!("{start}\n{}", lines(&file[job]["script"]));
    Example {
        name: "gitlab-ci.yml",
        shell: "sh",
        scrub: script("scrub sandboxes"),
        gate: script("sandboxes are clean"),
    }
}

fn azure() -> Example {
    let file = yaml("azure-pipelines.yml");
    let step = file["jobs"][0]["steps"].as_array().expect("steps").iter().find_map(|step| step["bash"].as_str());
    let set = &file["variables"];
    let script = |case: &str| {
        let mode = &set[case]["RELAY_SCRUB_MODE"];
        format!(
            "{}export RELAY_SCRUB_MODE='{}'\n{}",
            variables(set),
            mode.as_str().expect("a mode"),
            step.expect("bash")
        )
    };
    Example {
        name: "azure-pipelines.yml",
        shell: "bash",
        scrub: script("${{ if eq(variables['Build.Reason'], 'Schedule') }}"),
        gate: script("${{ else }}"),
    }
}

fn bitbucket() -> Example {
    let file = yaml("bitbucket-pipelines.yml");
    let script = |steps: &Value| lines(&steps[0]["step"]["script"]);
    Example {
        name: "bitbucket-pipelines.yml",
        shell: "bash",
        scrub: script(&file["pipelines"]["custom"]["scrub-sandboxes"]),
        gate: script(&file["pipelines"]["default"]),
    }
}

fn jenkins() -> Example {
    let file = read("Jenkinsfile");
    let environment = file.lines().filter_map(|line| line.trim().split_once(" = '"));
    let environment: String = environment.map(|(name, value)| format!("export {name}='{value}\n")).collect();
    // Groovy reads a backslash at the end of a line in '''…''' as one that joins the next.
    let scripts: Vec<String> = file.split("'''").skip(1).step_by(2).map(|text| text.replace("\\\n", "")).collect();
    let [fetch, scrub, gate] = &scripts[..] else { panic!("three scripts: {scripts:?}") };
    let login = |script: &String| script.replace("--jwt-key-file \"$JWT_KEY_FILE\"", "");
    Example {
        name: "Jenkinsfile",
        shell: "sh",
        scrub: format!("{environment}{fetch}\n{}", login(scrub)),
        gate: format!("{environment}{fetch}\n{}", login(gate)),
    }
}

/// A script's exit code, and the folder in which it ran.
async fn run(example: &Example, script: &str, release: &Release, org: &SimulatedOrg) -> (i32, TempDir) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = format!(
        "[defaults]\nauth = \"client-credentials\"\nclient_id = \"{CONSUMER_KEY}\"\n[orgs.uat]\ninstance_url = \"{}\"\n",
        org.url()
    );
    std::fs::write(folder.path().join("relay-scrub.toml"), file).expect("a configuration");
    let theirs = "https://github.com/OWNER/relay-scrub/releases/download";
    assert!(script.contains(theirs), "{}", example.name);
    let script = script.replace(theirs, release.address());
    let kept: BTreeMap<_, _> = std::env::vars().filter(|(name, _)| name == "PATH").collect();
    let output = Command::new(example.shell)
        .args(["-e", "-c", &script])
        .env_clear()
        .envs(kept)
        .envs([("HOME", folder.path().as_os_str()), ("CI", "true".as_ref())])
        .env("RELAY_SCRUB_CLIENT_SECRET", CONSUMER_SECRET)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .await
        .expect("a shell");
    (output.status.code().unwrap_or_else(|| panic!("{output:?}")), folder)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_fetch_gate_and_scrub_as_they_say() {
    let simulator = Simulator::start().await.expect("a simulator");
    let release = Release::start().await;
    for example in examples() {
        let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
        let (code, _) = run(&example, &example.gate, &release, &org).await;
        assert_eq!((code, is_cleared(&org.relays()[0])), (10, false), "{}", example.name);
        let (code, folder) = run(&example, &example.scrub, &release, &org).await;
        assert_eq!((code, is_cleared(&org.relays()[0])), (0, true), "{}", example.name);
        let report = std::fs::read_to_string(folder.path().join("relay-scrub.json")).expect("the report");
        assert!(report.contains("\"outcome\": \"cleared\""), "{}: {report}", example.name);
        let junit = ["relay-scrub.xml", "test-results/relay-scrub.xml"].map(|name| folder.path().join(name).is_file());
        assert_ne!(junit, [false, false], "{}", example.name);
        let (code, _) = run(&example, &example.gate, &release, &org).await;
        assert_eq!(code, 0, "{}", example.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_examples_run_nothing_whose_checksum_is_wrong() {
    let simulator = Simulator::start().await.expect("a simulator");
    let wrong = [format!("{}  {}\n", "0".repeat(64), Release::archive()), format!("{}  another\n", "0".repeat(64))];
    for checksums in wrong {
        let release = Release::with_checksums(&checksums).await;
        for example in examples() {
            let org = simulator.add_org(sandbox("uat").relay(exposed())).await.expect("an org");
            let (code, _) = run(&example, &example.scrub, &release, &org).await;
            assert_eq!((code, requests(&org)), (1, 0), "{}", example.name);
        }
    }
}
