//! What may change the database.

mod destination;
pub mod destructive_migration;
pub mod grants;
pub mod missing_script;
pub mod out_of_order;
pub mod own_database;
pub mod program_migration;
pub mod quarantine_reached;
pub mod retired_runs;
pub mod second_path;
pub mod temporary;
pub mod undeclared_mutation;
pub mod unverifiable;
