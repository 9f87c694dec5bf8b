//! Who is at work on a place, and how its jobs go on.

use super::notice;
use super::row::{JobRow, columns, reason_columns, text, warnings_column};
use super::write::{Write, milliseconds};
use super::{Claim, Queue, QueueError, Settled};
use crate::server::job::{Job, JobId, State};

impl Queue {
    /// Claims the place whose job is due for longest, with all jobs that wait for it, and counts an attempt on each.
    ///
    /// A place that another holds, or that has not rested yet, is passed over; one whose holder let the lease run out is
    /// free, and its jobs count as waiting. The lease began when this was called, not when it returned.
    ///
    /// # Errors
    /// Then nobody may have the claim until a lease is over.
    pub async fn claim(&self) -> Result<Option<Claim>, QueueError> {
        self.within("give out jobs", async {
            let mut write = self.write().await?;
            let place: Option<String> = sqlx::query_scalar(self.dialect().next_place())
                .bind(write.now)
                .bind(write.now - milliseconds(self.limits().rest))
                .fetch_optional(write.connection())
                .await?;
            let Some(place) = place else {
                return Ok(None);
            };
            let token = JobId::generate().to_string();
            sqlx::query("UPDATE places SET token = $1, leased_until = $2, begun_at = $3 WHERE place = $4")
                .bind(token.clone())
                .bind(write.now + milliseconds(self.limits().lease))
                .bind(write.now)
                .bind(place.clone())
                .execute(write.connection())
                .await?;
            let jobs = begin(&mut write, &place).await?;
            let at = write.at()?;
            write.commit().await?;
            Ok(Some(Claim { place, token, at, jobs }))
        })
        .await
    }

    /// Lets the lease begin anew. False: it ran out and another has the place, or the claim has ended.
    ///
    /// # Errors
    /// Then the lease may or may not have been extended; it holds for as long as it did before, at least.
    pub async fn extend(&self, claim: &Claim) -> Result<bool, QueueError> {
        self.within("extend a lease", async {
            let mut write = self.write().await?;
            let extended = sqlx::query("UPDATE places SET leased_until = $1 WHERE place = $2 AND token = $3")
                .bind(write.now + milliseconds(self.limits().lease))
                .bind(claim.place.clone())
                .bind(claim.token.clone())
                .execute(write.connection())
                .await?;
            write.commit().await?;
            Ok(extended.rows_affected() == 1)
        })
        .await
    }

    /// Writes what became of the jobs, with the notices that follow from it, and ends the claim. Jobs of the claim that
    /// are not named wait again, due at once. False: the claim was no longer ours, and nothing was written.
    ///
    /// # Errors
    /// It may have been written all the same; settled again, it gives false then.
    pub async fn settle(&self, claim: &Claim, settled: &[Settled]) -> Result<bool, QueueError> {
        self.within("settle jobs", async {
            let mut write = self.write().await?;
            if !release(&mut write, claim).await? {
                return Ok(false);
            }
            for one in settled {
                if !write_settled(&mut write, claim, one).await? {
                    continue;
                }
                let before = claim.jobs.iter().find(|job| job.id == one.id);
                if let Some(event) = before.and_then(|before| notice::event(before, one))
                    && self.limits().notices
                {
                    notice::insert(&mut write, one, event).await?;
                }
            }
            wait_again(&mut write, claim, 0).await?;
            write.commit().await?;
            Ok(true)
        })
        .await
    }

    /// Gives the jobs back, at the end of the process: due at once, the attempt not counted. The place rests all the
    /// same: no org is reached more often than that. Where the claim is no longer ours, nothing is to be done.
    ///
    /// # Errors
    /// Then the jobs are taken up when the lease is over.
    pub async fn hand_back(&self, claim: &Claim) -> Result<(), QueueError> {
        self.within("take jobs back", async {
            let mut write = self.write().await?;
            if release(&mut write, claim).await? {
                wait_again(&mut write, claim, 1).await?;
                write.commit().await?;
            }
            Ok(())
        })
        .await
    }

    /// Lets a job of the claim wait at another place, for the configuration leads its sandbox there now: due at once,
    /// the attempt not counted. False: the claim is no longer ours, or doesn't hold this job.
    ///
    /// # Errors
    /// The job may have been moved all the same.
    pub async fn relocate(&self, claim: &Claim, id: &JobId, place: &str) -> Result<bool, QueueError> {
        self.within("move a job", async {
            let mut write = self.write().await?;
            if !holds(&mut write, claim).await? {
                return Ok(false);
            }
            write.insert_place(place).await?;
            let moved = sqlx::query(
                "UPDATE jobs SET place = $1, state = 'waiting', due_at = $2, attempts = attempts - 1 \
                 WHERE id = $3 AND place = $4 AND state = 'running'",
            )
            .bind(place.to_owned())
            .bind(write.now)
            .bind(id.as_str().to_owned())
            .bind(claim.place.clone())
            .execute(write.connection())
            .await?;
            write.commit().await?;
            self.wake();
            Ok(moved.rows_affected() == 1)
        })
        .await
    }
}

/// Sets all open jobs of the place running, and gives them, oldest first.
async fn begin(write: &mut Write, place: &str) -> Result<Vec<Job>, sqlx::Error> {
    let rows: Vec<JobRow> = sqlx::query_as(concat!(
        "UPDATE jobs SET state = 'running', attempts = attempts + 1, due_at = $1 \
         WHERE place = $2 AND finished_at IS NULL RETURNING ",
        columns!()
    ))
    .bind(write.now)
    .bind(place.to_owned())
    .fetch_all(write.connection())
    .await?;
    let mut jobs = rows.into_iter().map(Job::try_from).collect::<Result<Vec<_>, _>>()?;
    jobs.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(jobs)
}

/// Whether the claim is ours still. If so, nobody else can change that until the transaction ends.
async fn holds(write: &mut Write, claim: &Claim) -> Result<bool, sqlx::Error> {
    let held = sqlx::query("UPDATE places SET leased_until = leased_until WHERE place = $1 AND token = $2")
        .bind(claim.place.clone())
        .bind(claim.token.clone())
        .execute(write.connection())
        .await?;
    Ok(held.rows_affected() == 1)
}

/// Ends the claim, where it is ours still.
async fn release(write: &mut Write, claim: &Claim) -> Result<bool, sqlx::Error> {
    let released = sqlx::query("UPDATE places SET token = NULL, leased_until = 0 WHERE place = $1 AND token = $2")
        .bind(claim.place.clone())
        .bind(claim.token.clone())
        .execute(write.connection())
        .await?;
    Ok(released.rows_affected() == 1)
}

/// Lets the jobs of the place that still run wait, due at once, with so many attempts less.
async fn wait_again(write: &mut Write, claim: &Claim, attempts: i64) -> Result<(), sqlx::Error> {
    sqlx::query(
        "UPDATE jobs SET state = 'waiting', due_at = $1, attempts = attempts - $2 WHERE place = $3 AND state = 'running'",
    )
    .bind(write.now)
    .bind(attempts)
    .bind(claim.place.clone())
    .execute(write.connection())
    .await?;
    Ok(())
}

async fn write_settled(write: &mut Write, claim: &Claim, settled: &Settled) -> Result<bool, sqlx::Error> {
    let state = if settled.state == State::Running { State::Waiting } else { settled.state };
    let [code, message, hint] = reason_columns(settled.reason.as_ref());
    let written = sqlx::query(
        "UPDATE jobs SET state = $1, due_at = $2, finished_at = $3, needs_attention = $4, reason_code = $5, \
         reason_message = $6, reason_hint = $7, outcome = $8, warnings = $9, report = $10 \
         WHERE id = $11 AND place = $12 AND state = 'running'",
    )
    .bind(state.word())
    .bind(write.now + milliseconds(settled.again_in.unwrap_or_default()))
    .bind(state.is_final().then_some(write.now))
    .bind(i64::from(settled.needs_attention))
    .bind(code)
    .bind(message)
    .bind(hint)
    .bind(settled.outcome.as_deref().map(text))
    .bind(warnings_column(&settled.warnings))
    .bind(settled.report.as_deref().map(text))
    .bind(settled.id.as_str().to_owned())
    .bind(claim.place.clone())
    .execute(write.connection())
    .await?;
    Ok(written.rows_affected() == 1)
}
