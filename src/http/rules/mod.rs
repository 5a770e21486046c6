//! `rules`.

pub mod check;
pub mod edit;
pub mod list;
pub mod make;
pub mod one;
pub mod raise;
