pub mod guards;
pub mod service;
pub mod shell;
