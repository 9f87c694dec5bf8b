//! An org, and how its kinds are told apart.

use super::id::OrgId;

/// An org as it described itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Org {
    /// `Organization.Id`.
    pub id: OrgId,
    /// `Organization.Name`, without control characters.
    pub name: String,
    /// What it is.
    pub kind: OrgKind,
    /// `Organization.IsSandbox`.
    pub is_sandbox: bool,
    /// The address that answered, without a path.
    pub instance_url: String,
}

/// What an org is, as far as it matters to whoever would change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OrgKind {
    /// A copy of production, made by a refresh.
    Sandbox,
    /// A scratch org: nobody's production, and not a copy of one.
    Scratch,
    /// A company's real org.
    Production,
    /// A free Developer Edition.
    DeveloperEdition,
    /// An org in its trial period.
    Trial,
}

impl OrgKind {
    /// Tells an org's kind from three fields of `Organization`.
    ///
    /// Scratch orgs say `IsSandbox = true` as sandboxes do, and have a trial's end date, which sandboxes lack
    /// (the Salesforce CLI's `determineOrg` tells them apart in the same way).
    pub fn of(is_sandbox: bool, organization_type: Option<&str>, has_trial_end: bool) -> Self {
        match (is_sandbox, has_trial_end) {
            (true, false) => Self::Sandbox,
            (true, true) => Self::Scratch,
            (false, _) if organization_type == Some("Developer Edition") => Self::DeveloperEdition,
            (false, true) => Self::Trial,
            (false, false) => Self::Production,
        }
    }

    /// The word for it in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Scratch => "scratch",
            Self::Production => "production",
            Self::DeveloperEdition => "developer-edition",
            Self::Trial => "trial",
        }
    }
}

/// The sandbox's name in a host: the part between `--` and `.sandbox`, as the host has it.
pub fn sandbox_name(host: &str) -> Option<&str> {
    let (label, rest) = host.split_once('.')?;
    let (_, name) = label.split_once("--")?;
    (rest.starts_with("sandbox.") && !name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_orgs_are_told_apart() {
        let table = [
            (true, Some("Enterprise Edition"), false, OrgKind::Sandbox),
            (true, Some("Developer Edition"), true, OrgKind::Scratch),
            (false, Some("Enterprise Edition"), false, OrgKind::Production),
            (false, Some("Developer Edition"), false, OrgKind::DeveloperEdition),
            (false, Some("Enterprise Edition"), true, OrgKind::Trial),
            (false, None, false, OrgKind::Production),
        ];
        for (is_sandbox, organization_type, has_trial_end, kind) in table {
            assert_eq!(OrgKind::of(is_sandbox, organization_type, has_trial_end), kind);
        }
    }

    #[test]
    fn a_sandboxs_name_is_read_from_its_host() {
        assert_eq!(sandbox_name("acme--uat.sandbox.my.salesforce.com"), Some("uat"));
        assert_eq!(sandbox_name("acme-x--uat.sandbox.my.salesforce.com"), Some("uat"));
        assert_eq!(sandbox_name("acme.sandbox.my.salesforce.com"), None);
        assert_eq!(sandbox_name("acme--x.scratch.my.salesforce.com"), None);
        assert_eq!(sandbox_name("cs42.salesforce.com"), None);
        assert_eq!(sandbox_name("127.0.0.1"), None);
    }
}
