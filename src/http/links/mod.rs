//! `links`: voices proposed to be one speaker, and what people decide about them.

pub mod decide;
pub mod list;
pub mod one;
pub mod propose;
