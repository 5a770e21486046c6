//! `populations`: named sets of voices that answers are measured on.

pub mod add;
pub mod list;
pub mod members;
pub mod new_version;
pub mod one;
