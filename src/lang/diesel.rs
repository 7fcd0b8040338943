//! What diesel's `table!` calls otherwise than the database does.

use std::sync::LazyLock;

use regex::Regex;

/// A table by the name that the program has for it, by its own, and its columns likewise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renamed {
    pub name: String,
    pub table: String,
    pub columns: Vec<(String, String)>,
}

struct Patterns {
    /// `#[sql_name = "owner"] owned_by -> Text`, `#[sql_name = "users"] people (id) {`
    named: Regex,
    /// `people (id) {`, `public.people (id) {`
    head: Regex,
}

static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| {
    Some(Patterns {
        named: Regex::new(
            r#"#\[sql_name\s*=\s*"([^"\n]+)"\]\s*(?:[A-Za-z_]\w*\.)?([A-Za-z_]\w*)\s*(->|\(|\{)"#,
        )
        .ok()?,
        head: Regex::new(r"\b([A-Za-z_]\w*)\s*\([\w\s,]*\)\s*\{").ok()?,
    })
});

/// The tables of a text of which something is called otherwise.
#[must_use]
pub fn renamed(text: &str) -> Vec<Renamed> {
    let Some(patterns) = PATTERNS.as_ref().filter(|_| text.contains("sql_name") && text.contains("table!"))
    else {
        return Vec::new();
    };
    let heads: Vec<(usize, &str)> = patterns
        .head
        .captures_iter(text)
        .filter_map(|found| found.get(1).map(|name| (name.start(), name.as_str())))
        .collect();
    let mut out: Vec<Renamed> = Vec::new();
    for found in patterns.named.captures_iter(text) {
        let (Some(own), Some(name), Some(sign)) = (found.get(1), found.get(2), found.get(3)) else {
            continue;
        };
        let column = sign.as_str() == "->";
        let inside = heads.iter().rev().find(|(at, _)| *at < name.start()).map(|(_, table)| *table);
        let Some(table) = (if column { inside } else { Some(name.as_str()) }) else { continue };
        let at = out.iter().position(|known| known.name == table).unwrap_or_else(|| {
            out.push(Renamed { name: table.to_owned(), table: table.to_owned(), columns: Vec::new() });
            out.len() - 1
        });
        let Some(held) = out.get_mut(at) else { continue };
        if column {
            held.columns.push((name.as_str().to_owned(), own.as_str().to_owned()));
        } else {
            own.as_str().clone_into(&mut held.table);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::renamed;

    #[test]
    fn tables_and_columns_are_known_by_their_own_names() {
        let text = "diesel::table! {\n    plans (code) {\n        code -> Text,\n        #[sql_name = \"owner\"]\n        owned_by -> Text,\n    }\n}\n\
                    diesel::table! {\n    #[sql_name = \"users\"]\n    people (id) {\n        #[sql_name = \"type\"]\n        kind -> Text,\n    }\n}\n";
        let found = renamed(text);
        assert_eq!(found.len(), 2, "{found:?}");
        assert_eq!((found[0].name.as_str(), found[0].table.as_str()), ("plans", "plans"));
        assert_eq!(found[0].columns, [("owned_by".to_owned(), "owner".to_owned())]);
        assert_eq!((found[1].name.as_str(), found[1].table.as_str()), ("people", "users"));
        assert_eq!(found[1].columns, [("kind".to_owned(), "type".to_owned())]);
        assert!(renamed("#[sql_name = \"x\"] y -> Text").is_empty());
    }
}
