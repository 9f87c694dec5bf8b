//! The queue of the service: the same guarantees on SQLite, here, and on PostgreSQL (`real::queue`).

pub(crate) mod accepting;
pub(crate) mod claiming;
pub(crate) mod desk;
pub(crate) mod forgetting;
pub(crate) mod looking;
pub(crate) mod notices;
pub(crate) mod opening;
mod sqlite;
pub(crate) mod wishes;

/// Hands every scenario to a macro, as `module::name`.
macro_rules! every_scenario {
    ($macro:ident) => {
        $macro! {
            accepting::an_accepted_delivery_is_there_after_a_restart,
            accepting::one_delivery_sent_twenty_times_at_once_makes_one_job,
            accepting::a_delivery_id_keeps_its_first_job_whatever_it_says_later,
            accepting::a_delivery_joins_the_job_that_waits_for_its_org,
            accepting::a_delivery_that_comes_while_its_org_is_scrubbed_makes_a_new_job,
            accepting::eight_orgs_wait_for_a_sandbox_and_the_ninth_pushes_none_out,
            accepting::the_limit_holds_when_all_come_at_once,
            claiming::a_claim_takes_all_jobs_of_the_place_and_excludes_others,
            claiming::a_job_whose_holder_died_is_taken_up_and_the_old_holder_can_do_nothing,
            claiming::an_extended_lease_holds,
            claiming::a_place_rests_between_two_attempts,
            claiming::the_time_of_the_next_attempt_survives_a_restart,
            claiming::jobs_handed_back_are_due_and_their_attempt_does_not_count,
            claiming::a_job_moves_to_the_place_where_its_sandbox_is_now,
            claiming::jobs_that_settling_leaves_out_wait_again,
            claiming::what_was_settled_is_kept_and_is_not_claimed_again,
            claiming::many_workers_are_never_two_at_one_place_and_finish_all,
            forgetting::old_jobs_go_and_open_ones_stay,
            looking::jobs_are_listed_newest_first_by_page_and_filter,
            looking::the_census_counts_by_state_and_outcome,
            notices::a_job_that_needs_attention_is_told_of_once_for_each_reason,
            notices::a_notice_is_told_at_least_once,
            notices::without_somebody_to_tell_no_notice_is_written,
            opening::replicas_that_start_at_once_make_the_tables_once,
            opening::who_only_looks_makes_nothing,
            opening::a_database_of_a_newer_version_is_refused_and_left_alone,
            wishes::a_job_that_ended_is_tried_again_and_its_age_counts_anew,
            wishes::a_job_that_waits_is_due_at_once,
            wishes::a_waiting_job_is_cancelled_and_no_other,
            wishes::of_two_jobs_for_one_org_only_one_is_let_wait_again,
        }
    };
}
pub(crate) use every_scenario;
