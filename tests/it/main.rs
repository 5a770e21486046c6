//! Integration tests: one binary, over the real service, the real models and both stores.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that meets the unexpected must fail"
)]

mod alerts;
mod answers;
mod bad_input;
mod calibrations;
mod chain;
mod command_line;
mod documents;
mod editing;
mod entities;
mod formats;
mod graphs;
mod joint_subjects;
mod links;
mod main_path;
mod partner;
mod populations;
mod reports;
mod search_scope;
mod segments;
mod service;
mod store_conformance;
mod trials;
mod webhooks;
