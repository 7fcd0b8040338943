//! `guard explain RULE`: the rule's page.

use crate::cli::engine::Refusal;
use crate::cli::{look, refuse, say};
use crate::report::explain;
use crate::rules::registry;

/// What a rule means, why it matters and what to do, with examples
#[derive(Debug, clap::Args)]
#[command(after_help = "Example: guard explain bypass/env-switch\nAll rules: guard rules")]
pub struct Args {
    /// `category/name`; the name alone will do where only one rule has it
    #[arg(value_name = "RULE")]
    rule: String,
}

pub(crate) fn run(args: &Args) -> u8 {
    if let Some(rule) = registry::find(&args.rule).or_else(|| registry::find_by_name(&args.rule)) {
        return say(&explain::page(rule, look().colour), 0);
    }
    let near = registry::near(&args.rule);
    let next = if near.is_empty() {
        // Nothing is near: the categories are few enough to be told.
        let mut categories: Vec<&str> = registry::RULES.iter().map(registry::Rule::category).collect();
        categories.dedup();
        format!(
            "a rule is called category/name, with the categories {}; guard rules lists them all",
            categories.join(", ")
        )
    } else {
        format!("did you mean {}? guard rules lists them all", near.join(" or "))
    };
    refuse(&Refusal::usage(format!("there is no rule `{}`", args.rule), next))
}
