//! What every store must do, written against `dyn Store`, and run here over SQLite.
//!
//! Another backend is added by one more call of `conforms!` with a function that opens it empty.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a fact that does not hold ends its test; clippy sees tests only where the attribute is"
)]

mod analyses;
mod answers;
mod audit_chain;
mod calibrations;
mod entities;
mod formats;
mod jobs;
mod links;
mod lists;
mod make;
mod nouns;
mod populations;
pub mod sqlite_file;
mod subjects;
mod watching;
mod webhooks;

/// Makes one test a fact of the suite.
macro_rules! conforms {
    ($backend:ident, $open:path, $($topic:ident::{$($fact:ident),+ $(,)?}),+ $(,)?) => {
        mod $backend {
            $(mod $topic {
                $(#[tokio::test]
                async fn $fact() {
                    let (_folder, store) = $open().await;
                    super::super::$topic::$fact(&store).await;
                })+
            })+
        }
    };
}

conforms! {
    sqlite, crate::store_conformance::sqlite_file::empty,
    nouns::{
        what_is_inserted_reads_back_and_what_is_not_there_is_none,
        a_case_number_is_taken_once,
        an_edit_counts_the_version_up_and_a_stale_one_is_refused,
        bytes_are_one_recording_in_a_case_and_one_among_the_caseless,
        a_reference_to_nothing_is_missing,
        a_failed_recording_says_why,
        answers_read_back_to_the_last_bit,
        an_idempotency_key_is_taken_once_and_expires,
    },
    lists::{
        pages_of_equal_times_hold_every_case_once,
        pages_of_every_list_join_to_the_whole,
        filters_narrow_lists,
    },
    analyses::{
        an_analysis_reads_back,
        a_second_analysis_replaces_voices_and_carries_enrolments_over,
        a_speaker_who_is_gone_takes_his_enrolment_along_and_it_is_told,
        an_analysis_of_an_old_revision_is_stale,
        a_persons_revision_stands_beside_the_automatic_one,
        an_analysis_of_nothing_is_missing,
        the_gallery_log_keeps_its_order_by_model,
        gallery_changes_come_in_batches_without_gaps,
        gallery_members_are_those_of_the_position,
    },
    subjects::{
        an_enrolment_ties_voices_while_it_is_in_force,
        the_newest_enrolment_in_force_names_the_subject,
        a_withdrawal_keeps_its_first_time,
        enrolments_of_a_subject_come_newest_first,
    },
    calibrations::{
        a_calibration_reads_back_and_its_name_is_taken_once,
        a_model_has_one_active_calibration_and_changes_are_kept,
    },
    populations::{
        a_population_and_its_versions_read_back,
        a_name_and_a_version_are_taken_once,
        a_selection_takes_what_every_condition_allows,
        a_version_keeps_voices_that_are_replaced,
    },
    watching::{
        members_are_watched_while_they_are_on_a_list_in_force,
        a_member_is_on_a_list_once_and_may_come_back,
        each_version_of_a_rule_is_kept,
        an_alert_counts_what_is_seen_again,
        the_last_decision_on_an_alert_counts_and_all_are_kept,
        numbers_are_found_in_the_cases_of_their_calls,
    },
    webhooks::{
        a_webhook_reads_back_and_is_edited_by_version,
        a_secret_is_valid_until_another_has_taken_its_place_for_a_while,
        a_delivery_keeps_its_message_and_every_try,
        a_report_of_a_partner_is_kept_once,
        deliveries_are_claimed_in_a_lane_of_their_own,
    },
    links::{
        a_link_reads_back_and_a_pair_has_one_that_counts,
        each_decision_is_kept_and_a_stale_one_is_refused,
        a_superseded_link_counts_no_more_and_makes_room,
        links_are_listed_by_state_case_recording_and_voice,
        edges_and_placements_are_those_of_the_voices,
        a_voiceprint_is_searched_for_links_once,
        groups_move_end_and_come_back,
        series_of_two_kinds_stand_side_by_side,
        lineage_is_kept_in_order,
    },
    entities::{
        one_normal_form_of_a_kind_is_one_entity,
        a_text_is_found_wherever_it_stands,
        a_text_of_very_many_entities_is_found_in_order,
        an_event_of_one_content_is_in_a_case_once,
        pages_of_events_hold_each_once_by_case_and_by_entity,
        an_import_goes_on_and_keeps_its_errors,
        a_recording_is_found_by_its_numbers_and_time,
    },
    jobs::{
        many_workers_never_get_the_same_job,
        the_oldest_job_that_may_run_comes_first,
        a_key_is_one_job_while_it_is_open,
        a_lost_lease_lets_nothing_be_written,
        a_lease_that_ended_is_taken_over_and_each_try_counts,
        a_job_that_kills_its_workers_is_handed_out_to_be_buried,
        a_retry_waits_and_counts_by_its_cause,
        release_does_not_count_and_take_over_does,
        a_cancelled_job_is_lost_to_its_worker_and_may_be_queued_again,
        jobs_are_counted_by_state,
    },
    audit_chain::{
        a_unit_of_work_without_an_audit_row_does_not_commit,
        a_row_that_does_not_follow_is_refused,
        changes_and_their_row_commit_together_or_not_at_all,
        a_fault_in_the_middle_leaves_nothing,
        reads_in_a_unit_of_work_see_its_changes_and_others_do_not,
        units_of_work_queue_for_their_turn,
        a_long_chain_verifies,
    },
}
