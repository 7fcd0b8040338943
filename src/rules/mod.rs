//! What is wrong, judged from flow, reach and contract; one file a rule.

pub mod registry;
