//! What is wrong, judged from flow, reach and contract; one file a rule.

pub mod bypass;
pub mod contract;
pub mod drift;
pub mod facts;
pub mod guard;
pub mod names;
pub mod registry;
pub mod scope;
pub mod secret;
pub mod workflow;
