pub mod entity;
pub mod guards;
