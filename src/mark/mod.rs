//! The mark inside a database: which environment and which project it belongs to, bound to the server
//! that it was made on.

pub mod anchor;
pub mod envelope;
pub mod judge;
pub mod probe;
pub mod table;
