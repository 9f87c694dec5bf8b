//! Looking at the jobs.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::row::{JobRow, columns};
use super::{Census, Filter, Queue, QueueError};
use crate::server::job::{Job, JobId, State};

/// What holds of the jobs that a filter asks for, and the values in it. What it does not ask for is left out, so that the
/// database finds the few that wait, or need somebody, without looking at the many that have ended.
fn conditions(filter: &Filter) -> (String, Vec<String>) {
    let mut values: Vec<String> = Vec::new();
    let mut conditions: Vec<String> = Vec::new();
    let mut place = |value: &str| {
        values.push(value.to_owned());
        format!("${}", values.len())
    };
    if !filter.states.is_empty() {
        let places: Vec<String> = filter.states.iter().map(|state| place(state.word())).collect();
        // Most jobs are done: those are found by walking from the newest, for an index on the state would have them all sorted.
        let state = if filter.states.contains(&State::Done) { "state || ''" } else { "state" };
        conditions.push(format!("{state} IN ({})", places.join(", ")));
    }
    conditions.extend(filter.sandbox.iter().map(|sandbox| format!("sandbox = {}", place(sandbox))));
    conditions.extend(filter.before.iter().map(|before| format!("id < {}", place(before.as_str()))));
    if filter.needs_attention {
        conditions.push("needs_attention = 1".into());
    }
    let clause = if conditions.is_empty() { String::new() } else { format!("WHERE {}", conditions.join(" AND ")) };
    (clause, values)
}

impl Queue {
    /// A job with its report.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn job(&self, id: &JobId) -> Result<Option<Job>, QueueError> {
        self.within("show a job", async {
            let row: Option<JobRow> =
                sqlx::query_as(concat!("SELECT ", columns!(), ", report FROM jobs WHERE id = $1"))
                    .bind(id.as_str().to_owned())
                    .fetch_optional(self.reading())
                    .await?;
            Ok(row.map(Job::try_from).transpose()?)
        })
        .await
    }

    /// Jobs without their reports, newest first.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn jobs(&self, filter: &Filter) -> Result<Vec<Job>, QueueError> {
        let (conditions, values) = conditions(filter);
        let limit = values.len() + 1;
        let text =
            format!(concat!("SELECT ", columns!(), " FROM jobs {} ORDER BY id DESC LIMIT ${}"), conditions, limit);
        self.within("list jobs", async {
            // The values themselves are bound: the text has none in it.
            let query = values.into_iter().fold(sqlx::query_as(AssertSqlSafe(text)), |query, value| query.bind(value));
            let rows: Vec<JobRow> = query.bind(i64::from(filter.limit)).fetch_all(self.reading()).await?;
            Ok(rows.into_iter().map(Job::try_from).collect::<Result<Vec<_>, _>>()?)
        })
        .await
    }

    /// The deliveries that told of a job, the newest first: their `webhook-id`, and when they were accepted.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn deliveries(&self, id: &JobId, limit: u32) -> Result<Vec<(String, Timestamp)>, QueueError> {
        let rows: Vec<(String, i64)> = self
            .within("list deliveries", async {
                sqlx::query_as(
                    "SELECT webhook_id, accepted_at FROM deliveries WHERE job = $1 \
                     ORDER BY accepted_at DESC, webhook_id LIMIT $2",
                )
                .bind(id.as_str().to_owned())
                .bind(i64::from(limit))
                .fetch_all(self.reading())
                .await
            })
            .await?;
        let known = |(id, at)| Timestamp::from_millisecond(at).ok().map(|at| (id, at));
        Ok(rows.into_iter().filter_map(known).collect())
    }

    /// The figures for the metrics, all of one moment.
    ///
    /// # Errors
    /// When the database can't be asked.
    pub async fn census(&self) -> Result<Census, QueueError> {
        let rows: Vec<(String, Option<String>, i64, i64, i64)> = self
            .within("count the jobs", async {
                sqlx::query_as(
                    "SELECT state, outcome, COUNT(*), CAST(SUM(needs_attention) AS BIGINT), MIN(opened_at) FROM jobs \
                     GROUP BY state, outcome ORDER BY state, outcome",
                )
                .fetch_all(self.reading())
                .await
            })
            .await?;
        let mut census = Census::default();
        for (word, outcome, count, needing_attention, opened_at) in rows {
            let Some(state) = State::of_word(&word) else {
                continue;
            };
            census.jobs.push((state, outcome, count.unsigned_abs()));
            census.needing_attention += needing_attention.unsigned_abs();
            if !state.is_final() {
                let opened = Timestamp::from_millisecond(opened_at).ok();
                census.oldest_open = census.oldest_open.into_iter().chain(opened).min();
            }
        }
        Ok(census)
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn ping(&self) -> Result<(), QueueError> {
        self.within("answer", async {
            let _one: i64 =
                sqlx::query_scalar("SELECT COUNT(*) FROM places WHERE place = ''").fetch_one(self.reading()).await?;
            Ok(())
        })
        .await
    }
}
