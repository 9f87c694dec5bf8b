//! The counts that the sentences about an org are made of.

use std::ops::AddAssign;

use crate::domain::report::{OrgReport, RecordReport, RecordResult};

/// How many records of an org are listed; failed ones beyond that too, up to [`FAILED_LISTED`].
const LISTED: usize = 20;
const FAILED_LISTED: usize = 100;

/// The records to list for a person, those that failed first, the rest in their order; and how many are left out.
pub(super) fn listed(records: &[RecordReport]) -> (Vec<&RecordReport>, usize) {
    let failed = |record: &RecordReport| record.result == RecordResult::Failed;
    let mut listed: Vec<_> = records.iter().collect();
    listed.sort_by_key(|record| !failed(record));
    listed.truncate(LISTED.max(records.iter().filter(|record| failed(record)).count().min(FAILED_LISTED)));
    let left_out = records.len() - listed.len();
    (listed, left_out)
}

/// Records of an org, or of several, by what can be said of them afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    /// All that were read, exposed or not.
    pub(super) total: usize,
    /// Those that the rule's condition selected.
    pub(super) exposed: usize,
    /// Those that were cleared.
    pub(super) cleared: usize,
    /// Those that a dry run would clear.
    pub(super) would_clear: usize,
    /// Of the two before, those that were not exposed as far as could be seen.
    pub(super) unseen: usize,
    /// Those that are exposed now.
    pub(super) still_exposed: usize,
    /// Those that may be exposed now: a write was tried, and nothing was read again.
    pub(super) unknown: usize,
    /// Those that were not exposed as far as could be seen, and were not rewritten.
    pub(super) not_rewritten: usize,
    /// Those that somebody deleted meanwhile.
    pub(super) gone: usize,
    /// Those that a write was, or may have been, tried on: one that is gone may have been written to before.
    pub(super) tried: usize,
}

impl Tally {
    /// Counts an org's records.
    pub(super) fn of(org: &OrgReport) -> Self {
        let number = |test: &dyn Fn(&RecordReport) -> bool| org.records.iter().filter(|record| test(record)).count();
        let read_again = org.verified.is_some();
        let done = |record: &RecordReport| matches!(record.result, RecordResult::Cleared | RecordResult::WouldClear);
        let failed = |record: &RecordReport| record.result == RecordResult::Failed;
        let left = |record: &RecordReport| record.result == RecordResult::NotAttempted;
        Self {
            // A record that appeared between the two readings is in `records` alone.
            total: org.records_read.max(org.records.len()),
            exposed: org.exposed(),
            cleared: org.count(RecordResult::Cleared),
            would_clear: org.count(RecordResult::WouldClear),
            unseen: number(&|record| !record.exposed && done(record)),
            still_exposed: number(&|record| record.exposed && (left(record) || failed(record) && read_again)),
            unknown: number(&|record| record.exposed && failed(record) && !read_again),
            not_rewritten: number(&|record| !record.exposed && (left(record) || failed(record))),
            gone: org.count(RecordResult::Gone),
            tried: number(&|record| !left(record) && record.result != RecordResult::WouldClear),
        }
    }

    /// Counts the records of several orgs.
    pub(super) fn of_all(orgs: &[OrgReport]) -> Self {
        let mut sum = Self::default();
        orgs.iter().for_each(|org| sum += Self::of(org));
        sum
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.total += other.total;
        self.exposed += other.exposed;
        self.cleared += other.cleared;
        self.would_clear += other.would_clear;
        self.unseen += other.unseen;
        self.still_exposed += other.still_exposed;
        self.unknown += other.unknown;
        self.not_rewritten += other.not_rewritten;
        self.gone += other.gone;
        self.tried += other.tried;
    }
}
