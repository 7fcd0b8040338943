//! The list of commands as a newcomer needs it: by what one wants to do, from the first step on.

use std::fmt::Write as _;

use clap::Command;

const GROUPS: [(&str, &[&str]); 5] = [
    ("Who can change the database, proven from source", &["init", "check", "explain", "map", "prove"]),
    ("What is allowed", &["contract", "config", "rules"]),
    (
        "Changing it, once CI, database and contract are proven",
        &["fingerprint", "migrate", "run", "proof", "keys", "ledger"],
    ),
    (
        "Rolling out",
        &["deploy", "smoke", "status", "logs", "report", "stop", "restart", "rollback", "incidents"],
    ),
    ("For tools", &["schema", "completions", "man"]),
];
const WIDTH: usize = 96;
const INDENT: usize = 15;

/// The same command with its subcommands in groups.
pub(super) fn grouped(command: Command) -> Command {
    let mut list = String::new();
    for (title, names) in GROUPS {
        let _ = writeln!(list, "{title}:");
        for name in names {
            let about = command.find_subcommand(name).and_then(Command::get_about);
            let about = about.map(ToString::to_string).unwrap_or_default();
            row(name, &about, &mut list);
        }
        list.push('\n');
    }
    command.help_template(format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n\n{list}Options:\n{{options}}{{after-help}}"
    ))
}

/// A name and what it is for, broken between words.
fn row(name: &str, about: &str, out: &mut String) {
    let _ = write!(out, "  {name:<width$}", width = INDENT - 2);
    let mut at = INDENT;
    for word in about.split(' ') {
        let long = word.chars().count();
        if at > INDENT && at + long > WIDTH {
            let _ = write!(out, "\n{:INDENT$}", "");
            at = INDENT;
        } else if at > INDENT {
            out.push(' ');
            at += 1;
        }
        out.push_str(word);
        at += long;
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_command_is_in_one_group() {
        let command = crate::cli::Cli::command();
        let there: BTreeSet<&str> =
            command.get_subcommands().filter(|c| !c.is_hide_set()).map(Command::get_name).collect();
        let named: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        assert_eq!(named.iter().copied().collect::<BTreeSet<_>>(), there);
        assert_eq!(named.len(), there.len());
    }
}
