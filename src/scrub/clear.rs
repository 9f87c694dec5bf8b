//! Sends a plan's writes in batches, and decides after each which records to send again.

use crate::domain::id::RecordId;
use crate::domain::report::{RecordResult, Verdict, Written};
use crate::domain::rule::Rule;
use crate::salesforce::{Answer, BATCH, Error, Sandbox};
use crate::scrub::Stop;

/// How often a batch is sent again without the records that failed.
///
/// Salesforce names all that fail in one answer, as a rule; more rounds only help where one hides another.
const ROUNDS: usize = 5;

/// What to clear, and how.
pub(super) struct Order<'a> {
    pub(super) rule: &'a Rule,
    /// The records of the plan, in order.
    pub(super) ids: &'a [RecordId],
    /// Leave out what fails by its own fault, instead of stopping.
    pub(super) partial: bool,
    /// Between two batches, a stopped run sends no more.
    pub(super) stop: &'a Stop,
}

/// Sends the records that were not sent yet, in batches; `written` holds for each id what was heard.
///
/// Without `partial` it stops at the first batch of which a record is rejected.
pub(super) async fn clear(sandbox: &mut Sandbox, order: &Order<'_>, written: &mut [Written]) -> Result<(), Error> {
    let open: Vec<usize> = (0..written.len()).filter(|index| written[*index] == Written::NotSent).collect();
    for batch in open.chunks(BATCH) {
        if order.stop.in_order.is_cancelled() {
            break;
        }
        let is_settled = clear_batch(sandbox, order, batch, written).await?;
        if !is_settled && !order.partial {
            break;
        }
    }
    Ok(())
}

/// True if every record of the batch was changed in the end, or is gone.
async fn clear_batch(
    sandbox: &mut Sandbox,
    order: &Order<'_>,
    batch: &[usize],
    written: &mut [Written],
) -> Result<bool, Error> {
    let mut pending = batch.to_vec();
    let mut is_settled = true;
    for _ in 0..ROUNDS {
        let ids: Vec<RecordId> = pending.iter().map(|index| order.ids[*index].clone()).collect();
        // Said before it is sent: a run that is cut off while the request is under way must not say "not attempted".
        note(written, &pending, &Written::Unknown);
        let answers = match sandbox.clear(order.rule, &ids).await {
            Ok(answers) => answers,
            Err(Error::Locked(answers)) if order.partial => answers,
            Err(error) => {
                if !error.may_have_been_carried_out() {
                    note(written, &pending, &Written::NotSent);
                }
                return Err(error);
            }
        };
        is_settled = answers.iter().all(|answer| matches!(answer, Answer::Changed | Answer::Gone(_)));
        let again = send_again(&answers, order.partial);
        for (index, answer) in pending.iter().zip(&answers) {
            written[*index] = heard(answer);
        }
        pending = pending.into_iter().zip(again).filter_map(|(index, again)| again.then_some(index)).collect();
        if pending.is_empty() {
            break;
        }
    }
    Ok(is_settled)
}

fn note(written: &mut [Written], pending: &[usize], heard: &Written) {
    pending.iter().for_each(|index| written[*index] = heard.clone());
}

fn heard(answer: &Answer) -> Written {
    match answer {
        Answer::Changed => Written::Yes,
        Answer::Rejected(reason) | Answer::Locked(reason) | Answer::Gone(reason) => Written::No(reason.clone()),
        Answer::RolledBack => Written::No("rolled back, because another record was rejected".into()),
    }
}

/// Decides which records of a batch to send again: those that were rolled back for the sake of a record that is left
/// out from now on. A deleted record is always left out, a rejected one only by `partial`.
fn send_again(answers: &[Answer], partial: bool) -> Vec<bool> {
    let rejected = answers.iter().any(|answer| matches!(answer, Answer::Rejected(_) | Answer::Locked(_)));
    let gone = answers.iter().any(|answer| matches!(answer, Answer::Gone(_)));
    let go_on = if rejected { partial } else { gone };
    answers.iter().map(|answer| go_on && *answer == Answer::RolledBack).collect()
}

/// Takes over what a reading showed of writes whose answer was lost, so that only what is left is sent again.
pub(super) fn take_stock(written: &mut [Written], verdict: &Verdict) {
    for (written, record) in
        written.iter_mut().zip(&verdict.records).filter(|(written, _)| **written == Written::Unknown)
    {
        *written = match record.result {
            RecordResult::Cleared => Written::Yes,
            RecordResult::Gone => Written::No("it was deleted meanwhile".into()),
            RecordResult::Failed | RecordResult::NotAttempted | RecordResult::WouldClear => Written::NotSent,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_records_rolled_back_for_the_sake_of_one_left_out_are_sent_again() {
        let rejected = || Answer::Rejected("no".into());
        let gone = || Answer::Gone("gone".into());
        let table = [
            (vec![Answer::Changed, Answer::Changed], false, vec![false, false]),
            (vec![Answer::RolledBack, rejected()], false, vec![false, false]),
            (vec![Answer::RolledBack, rejected()], true, vec![true, false]),
            (vec![Answer::RolledBack, gone()], false, vec![true, false]),
            (vec![Answer::RolledBack, gone(), rejected()], false, vec![false, false, false]),
            (vec![Answer::RolledBack, gone(), rejected()], true, vec![true, false, false]),
            (vec![Answer::RolledBack, Answer::RolledBack], true, vec![false, false]),
        ];
        for (answers, partial, expected) in table {
            assert_eq!(send_again(&answers, partial), expected, "{answers:?} {partial}");
        }
    }
}
