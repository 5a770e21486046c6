//! `find`: the one query, by text or by clip.

pub mod clip;
pub mod text;
