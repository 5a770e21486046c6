//! The case graph: nodes and edges, paths, joins, and what cases share.

pub mod calls;
pub mod case;
pub mod path;
pub mod shared;
