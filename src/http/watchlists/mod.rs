//! `watchlists`.

pub mod add_member;
pub mod edit;
pub mod list;
pub mod make;
pub mod members;
pub mod one;
pub mod remove_member;
