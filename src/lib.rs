//! Voxtrace links fraud calls by voice.
//!
//! Read `ARCHITECTURE.md` for the map.

pub mod alerting;
pub mod audio;
pub mod audit;
pub mod cli;
pub mod config;
pub mod delivery;
pub mod domain;
pub mod embedding;
pub mod entities;
pub mod evaluation;
pub mod features;
pub mod graph;
pub mod http;
pub mod index;
pub mod jobs;
pub mod linking;
pub mod pipeline;
pub mod report;
pub mod runtime;
pub mod scoring;
pub mod services;
pub mod speech;
pub mod store;
pub mod tables;
pub mod transcode;
