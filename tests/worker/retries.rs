//! The table of `docs/retries.md` is what the program does.

use std::collections::{BTreeMap, BTreeSet};

use relay_scrub::domain::cli_trouble::CliTrouble;
use relay_scrub::domain::id::OrgId;
use relay_scrub::domain::login_refusal::LoginRefusal;
use relay_scrub::domain::org::OrgKind;
use relay_scrub::domain::refusal::Refusal;
use relay_scrub::domain::trouble::Trouble;
use relay_scrub::server::retry::{Attention, Course, Pace, course};

/// The variants of an enum; the match makes sure that none was forgotten when it was added.
macro_rules! every {
    ($name:ident: $($variant:ident $fields:tt = $sample:expr),+ $(,)?) => {{
        #[expect(dead_code, reason = "it compiles only if every variant stands here")]
        fn all_are_here(one: &$name) {
            match one {
                $($name::$variant $fields => {})+
            }
        }
        vec![$($sample),+]
    }};
}

fn id() -> OrgId {
    "00D5e000000abcD".parse().expect("an id")
}

fn refusals() -> Vec<Refusal> {
    let host = String::new;
    every![Refusal:
        Address {..} = Refusal::Address { host: host(), looks_like: None },
        PlainHttp {..} = Refusal::PlainHttp { host: host() },
        ForeignInstance {..} = Refusal::ForeignInstance { asked: host(), answered: host() },
        LoginAddress {..} = Refusal::LoginAddress { host: host() },
        OddPort {..} = Refusal::OddPort { host: host(), port: 1 },
        AllowedHost {..} = Refusal::AllowedHost { host: host(), why: "" },
        NotASandbox {..} = Refusal::NotASandbox { id: id(), name: host(), kind: OrgKind::Production },
        NoWord {..} = Refusal::NoWord { missing: host() },
        OtherOrg {..} = Refusal::OtherOrg { token: id(), answered: id() },
        ProofFailed {..} = Refusal::ProofFailed { seen: host() },
        WrittenWithoutProof {..} = Refusal::WrittenWithoutProof { seen: host() },
        NotTheExpectedOrg {..} = Refusal::NotTheExpectedOrg { expected: vec![id()], actual: id() },
        NotTheExpectedSandbox {..} = Refusal::NotTheExpectedSandbox { expected: host(), host: host(), actual: None },
        DeniedOrg {..} = Refusal::DeniedOrg { id: id() },
    ]
}

fn logins() -> Vec<LoginRefusal> {
    use LoginRefusal as L;
    every![LoginRefusal:
        AuthenticationFailure {} = L::AuthenticationFailure,
        NotApproved {} = L::NotApproved,
        ExpiredRefreshToken {} = L::ExpiredRefreshToken,
        ExpiredGrant {} = L::ExpiredGrant,
        WrongAudience {} = L::WrongAudience,
        NoRunAsUser {} = L::NoRunAsUser,
        WrongDomain {} = L::WrongDomain,
        AddressRestricted {} = L::AddressRestricted,
        WrongClientSecret {} = L::WrongClientSecret,
        UnknownClientId {} = L::UnknownClientId,
        NotAdmitted {} = L::NotAdmitted,
        AppNotInstalled {} = L::AppNotInstalled,
        InactiveUser {} = L::InactiveUser,
        InactiveOrg {} = L::InactiveOrg,
        FlowDisabled {} = L::FlowDisabled,
        WrongSignature {} = L::WrongSignature,
        TooManyLogins {} = L::TooManyLogins,
        Denied {} = L::Denied,
        AppBlocked {} = L::AppBlocked,
        CallbackNotListed {} = L::CallbackNotListed,
        ApprovalFailed {} = L::ApprovalFailed,
        ScopeNotAllowed {} = L::ScopeNotAllowed,
        Other {..} = L::Other { error: String::new(), description: String::new() },
    ]
}

fn cli_troubles() -> Vec<CliTrouble> {
    let log_in = String::new;
    every![CliTrouble:
        NotStarted {} = CliTrouble::NotStarted,
        UnknownAlias {..} = CliTrouble::UnknownAlias { log_in: log_in() },
        Expired {..} = CliTrouble::Expired { log_in: log_in() },
        Unreachable {} = CliTrouble::Unreachable,
        TooOld {} = CliTrouble::TooOld,
        TimedOut {} = CliTrouble::TimedOut,
        Unreadable {} = CliTrouble::Unreadable,
        Failed {} = CliTrouble::Failed,
    ]
}

fn troubles() -> Vec<Trouble> {
    let own = every![Trouble:
        Configuration {} = vec![Trouble::Configuration],
        Refused (_) = refusals().into_iter().map(Trouble::Refused).collect(),
        Login (_) = logins().into_iter().map(Trouble::Login).collect(),
        SalesforceCli (_) = cli_troubles().into_iter().map(Trouble::SalesforceCli).collect(),
        Credential {} = vec![Trouble::Credential],
        SessionEnded {} = vec![Trouble::SessionEnded],
        Permission {} = vec![Trouble::Permission],
        ApiDisabled {} = vec![Trouble::ApiDisabled],
        DailyLimit {} = vec![Trouble::DailyLimit],
        Throttled {} = vec![Trouble::Throttled],
        NoCertificates {} = vec![Trouble::NoCertificates],
        Unavailable {} = vec![Trouble::Unavailable],
        Untrusted {} = vec![Trouble::Untrusted],
        Unreadable {} = vec![Trouble::Unreadable],
        ApiVersion {} = vec![Trouble::ApiVersion],
        Api {} = vec![Trouble::Api],
        Rejected {} = vec![Trouble::Rejected],
        NotAsAgreed {} = vec![Trouble::NotAsAgreed],
        StillExposed {} = vec![Trouble::StillExposed],
        Unconfirmed {} = vec![Trouble::Unconfirmed],
        TimedOut {} = vec![Trouble::TimedOut],
        Interrupted {} = vec![Trouble::Interrupted],
        FailFast {} = vec![Trouble::FailFast],
        Internal {} = vec![Trouble::Internal],
    ];
    own.into_iter().flatten().collect()
}

/// The two last columns of the table.
fn words(course: Course) -> (&'static str, &'static str) {
    let attention = match course.attention {
        Attention::Never => "no",
        Attention::Later => "in time",
        Attention::AtOnce => "at once",
    };
    match course.pace {
        Pace::Growing => ("growing", attention),
        Pace::Slow => ("slow", attention),
        Pace::Final => ("never", ""),
    }
}

#[test]
fn the_documentation_has_every_kind_of_trouble_and_what_it_leads_to() {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/retries.md")).expect("the page");
    let rows = page.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<Vec<&str>> = rows.map(|row| row.split('|').map(str::trim).collect()).collect();
    let documented: BTreeMap<&str, (&str, &str)> =
        rows.iter().map(|row| (row[1].trim_matches('`'), (row[3], row[4]))).collect();
    assert_eq!(documented.len(), rows.len(), "a code stands there once");

    let troubles = troubles();
    for trouble in &troubles {
        assert_eq!(documented.get(trouble.code()), Some(&words(course(trouble))), "{trouble:?}");
    }
    let codes: BTreeSet<&str> = troubles.iter().map(Trouble::code).collect();
    assert_eq!(codes, documented.into_keys().collect(), "a code less: take it from the page");
}
