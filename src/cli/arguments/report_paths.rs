//! Which files a command line asks for, whatever its verb.

use std::path::{Path, PathBuf};

use super::{AuditOutputArguments, Command, OutputArguments};

impl Command {
    /// The files that its report goes to; none where it makes none.
    pub(in crate::cli) fn report_paths(&self) -> ReportPaths<'_> {
        match self {
            Self::Scrub(scrub) => {
                let OutputArguments { report, junit, sarif, show_usernames, json: _ } = &scrub.output;
                ReportPaths::new([report, junit, sarif], *show_usernames)
            }
            Self::Audit(audit) => {
                let AuditOutputArguments { report, junit, sarif, json: _, relay_config: _ } = &audit.output;
                ReportPaths::new([report, junit, sarif], false)
            }
            _ => ReportPaths::default(),
        }
    }
}

/// The files that a report goes to.
#[derive(Default)]
pub(in crate::cli) struct ReportPaths<'a> {
    pub(in crate::cli) report: Option<&'a Path>,
    pub(in crate::cli) junit: Option<&'a Path>,
    pub(in crate::cli) sarif: Option<&'a Path>,
    /// Whether user names stand in them in full.
    pub(in crate::cli) shows_usernames: bool,
}

impl<'a> ReportPaths<'a> {
    fn new(paths: [&'a Option<PathBuf>; 3], shows_usernames: bool) -> Self {
        let [report, junit, sarif] = paths.map(Option::as_deref);
        Self { report, junit, sarif, shows_usernames }
    }
}
