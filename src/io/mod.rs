//! The doors to the outside: files, git, children, the environment, the clock. None knows the domain.

pub mod child;
pub mod clock;
pub mod database;
pub mod decode;
pub mod environment;
pub mod git;
pub mod http;
pub mod keeper;
pub mod keys;
pub mod output;
pub mod pool;
pub mod process;
pub mod scratch;
pub mod signals;
pub mod sockets;
pub mod tree;
