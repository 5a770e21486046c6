//! `subjects` and their enrolments.

pub mod edit;
pub mod enrol;
pub mod enrolments;
pub mod enter;
pub mod list;
pub mod one;
pub mod withdraw;
