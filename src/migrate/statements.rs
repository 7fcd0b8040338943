//! A migration's statements, as far as guard must know them before it runs one: where each begins, and
//! which of them would end the transaction around it.

use crate::io::database::url::Engine;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// As it is written.
    Word(String),
    /// A name in quotes.
    Name(String),
    Mark(char),
    Other,
    End,
}

/// The statements that begin or end a transaction, by their first words.
#[must_use]
pub fn transaction_control(sql: &str, engine: Engine) -> Vec<String> {
    let mut found = Vec::new();
    let mut words: Vec<String> = Vec::new();
    // The body of a trigger or a routine ends with END, and holds semicolons.
    let mut body = false;
    for token in tokens(sql, engine).into_iter().chain([Token::End]) {
        match token {
            Token::Word(word) => {
                let word = word.to_ascii_uppercase();
                let routine = words.first().is_some_and(|first| first == "CREATE")
                    && words
                        .iter()
                        .any(|word| ["TRIGGER", "FUNCTION", "PROCEDURE", "EVENT"].contains(&word.as_str()));
                if routine && word == "BEGIN" {
                    body = true;
                }
                if words.len() < 40 {
                    words.push(word);
                }
            }
            Token::Name(_) | Token::Mark(_) | Token::Other => {}
            Token::End => {
                if body {
                    // `END`, perhaps with a label, closes it; `END IF` and its like do not.
                    let closing = words.first().is_some_and(|first| first == "END")
                        && !words.get(1).is_some_and(|next| {
                            ["IF", "LOOP", "WHILE", "REPEAT", "CASE"].contains(&next.as_str())
                        });
                    body = !closing;
                } else if is_control(&words) {
                    found.push(words.iter().take(2).cloned().collect::<Vec<_>>().join(" "));
                }
                words.clear();
            }
        }
    }
    found
}

/// `pragma foreign_keys = off`, as Prisma writes it before it makes a table of SQLite anew.
#[must_use]
pub fn turns_keys_off(sql: &str) -> bool {
    let words: Vec<String> = tokens(sql, Engine::Sqlite)
        .into_iter()
        .filter_map(
            |token| if let Token::Word(word) = token { Some(word.to_ascii_lowercase()) } else { None },
        )
        .collect();
    words.windows(2).any(|pair| pair[0] == "pragma" && pair[1] == "foreign_keys")
}

/// One statement that no transaction may hold.
#[must_use]
pub fn stands_alone(sql: &str, engine: Engine) -> bool {
    let all = tokens(sql, engine);
    let mut statements = all.split(|token| *token == Token::End).filter(|statement| !statement.is_empty());
    let (Some(one), None) = (statements.next(), statements.next()) else { return false };
    let words: Vec<String> = one
        .iter()
        .take(12)
        .filter_map(
            |token| if let Token::Word(word) = token { Some(word.to_ascii_uppercase()) } else { None },
        )
        .collect();
    let word = |at: usize| words.get(at).map(String::as_str);
    match (word(0), word(1)) {
        (Some("CREATE" | "DROP" | "REINDEX" | "ALTER" | "REFRESH"), _)
            if words.iter().any(|word| word == "CONCURRENTLY") =>
        {
            word(0) != Some("REFRESH")
        }
        (Some("VACUUM"), _) => true,
        (Some("CREATE" | "DROP"), Some("DATABASE" | "TABLESPACE" | "SUBSCRIPTION")) => true,
        (Some("ALTER"), Some("SYSTEM")) => true,
        _ => false,
    }
}

fn is_control(words: &[String]) -> bool {
    let word = |at: usize| words.get(at).map(String::as_str);
    match word(0) {
        Some("COMMIT" | "ROLLBACK" | "BEGIN" | "ABORT" | "END") => word(1) != Some("TO"),
        Some("START") => word(1) == Some("TRANSACTION"),
        Some("PREPARE") => word(1) == Some("TRANSACTION"),
        Some("SET") => word(1) == Some("AUTOCOMMIT"),
        _ => false,
    }
}

/// Nothing in it is for the server to do: a file that a tool made and nobody filled.
#[must_use]
pub fn is_empty(sql: &str, engine: Engine) -> bool {
    tokens(sql, engine).iter().all(|token| *token == Token::End)
}

/// To MySQL two dashes are a comment only where white space follows: `5--3` is eight.
fn is_dashed_comment(bytes: &[u8], at: usize, engine: Engine) -> bool {
    engine != Engine::Mysql || bytes.get(at + 2).is_none_or(|next| next.is_ascii_whitespace() || *next < b' ')
}

/// Where the text of a comment that MySQL or MariaDB runs begins.
fn opens_executable(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = bytes.get(at..)?;
    if rest.starts_with(b"/*!") {
        return Some(at + 3);
    }
    rest.starts_with(b"/*M!").then_some(at + 4)
}

pub(super) fn tokens(sql: &str, engine: Engine) -> Vec<Token> {
    let mut out = Vec::new();
    let bytes = sql.as_bytes();
    let mut at = 0;
    let mut executable = false;
    while let Some(&byte) = bytes.get(at) {
        let next = bytes.get(at + 1).copied();
        match byte {
            b'-' if next == Some(b'-') && is_dashed_comment(bytes, at, engine) => at = line_end(bytes, at),
            b'#' if engine == Engine::Mysql => at = line_end(bytes, at),
            // MySQL runs what stands in `/*! … */`, and MariaDB also what stands in `/*M! … */`.
            b'/' if engine == Engine::Mysql && opens_executable(bytes, at).is_some() => {
                at = opens_executable(bytes, at).unwrap_or(at + 1);
                while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
                executable = true;
            }
            b'*' if executable && next == Some(b'/') => {
                executable = false;
                at += 2;
            }
            b'/' if next == Some(b'*') => at = comment_end(bytes, at, engine == Engine::Postgres),
            b'\'' | b'"' | b'`' => {
                let escaped = byte != b'`'
                    && (engine == Engine::Mysql
                        || (engine == Engine::Postgres
                            && byte == b'\''
                            && at > 0
                            && is_escape_string(bytes, at)));
                let start = at;
                at = quote_end(bytes, at, byte, escaped);
                // In MySQL double quotes are a text, too, unless it is told otherwise.
                let name = byte == b'`' || (byte == b'"' && engine != Engine::Mysql);
                let inside = sql.get(start + 1..at.saturating_sub(1)).filter(|_| name);
                out.push(inside.map_or(Token::Other, |inside| Token::Name(inside.to_owned())));
            }
            b'$' if engine == Engine::Postgres => {
                at = dollar_end(sql, at);
                out.push(Token::Other);
            }
            b';' => {
                out.push(Token::End);
                at += 1;
            }
            _ if byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80 => {
                let start = at;
                while bytes
                    .get(at)
                    .is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_' || *b == b'$' || *b >= 0x80)
                {
                    at += 1;
                }
                out.push(Token::Word(sql.get(start..at).unwrap_or_default().to_owned()));
            }
            b'.' | b',' | b'(' | b')' => {
                out.push(Token::Mark(char::from(byte)));
                at += 1;
            }
            _ => {
                if !byte.is_ascii_whitespace() {
                    out.push(Token::Other);
                }
                at += 1;
            }
        }
    }
    out
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..].iter().position(|byte| *byte == b'\n').map_or(bytes.len(), |offset| at + offset)
}

fn comment_end(bytes: &[u8], from: usize, nested: bool) -> usize {
    let (mut at, mut depth) = (from + 2, 1);
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'*', Some(b'/')) => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            (b'/', Some(b'*')) if nested => {
                depth += 1;
                at += 2;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `E'…'`
fn is_escape_string(bytes: &[u8], at: usize) -> bool {
    let before = at.checked_sub(2).and_then(|two| bytes.get(two));
    matches!(bytes.get(at - 1), Some(b'e' | b'E'))
        && !before.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

fn quote_end(bytes: &[u8], from: usize, quote: u8, escaped: bool) -> usize {
    let mut at = from + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' if escaped => at += 2,
            byte if byte == quote => {
                if bytes.get(at + 1) != Some(&quote) {
                    return at + 1;
                }
                at += 2;
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

/// `$tag$ … $tag$`; a `$` that opens nothing is passed.
fn dollar_end(sql: &str, at: usize) -> usize {
    let bytes = sql.as_bytes();
    let mut end = at + 1;
    while bytes.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80) {
        end += 1;
    }
    let digit = bytes.get(at + 1).is_some_and(u8::is_ascii_digit);
    if digit || bytes.get(end) != Some(&b'$') {
        return at + 1;
    }
    let tag = &bytes[at..=end];
    let rest = &bytes[end + 1..];
    match memchr::memmem::find(rest, tag) {
        Some(offset) => end + 1 + offset + tag.len(),
        None => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Engine::{Mysql, Postgres, Sqlite};

    #[test]
    fn what_ends_a_transaction_is_found_and_what_only_looks_like_it_is_not() {
        for (engine, sql, count) in [
            (Postgres, "create table a (b int); COMMIT; create table c (d int)", 1),
            (Postgres, "begin; select 1; end", 2),
            (Postgres, "start transaction isolation level serializable", 1),
            (Postgres, "-- commit;\n/* rollback; /* end; */ */ select 'commit;', \"commit\"", 0),
            (Postgres, "do $$ begin perform 1; commit; end $$;", 0),
            (Postgres, "create function f() returns int language plpgsql as $x$ begin return 1; end; $x$", 0),
            (Postgres, "create function f() returns int begin atomic select 1; end; commit", 1),
            (Postgres, "insert into a values ('it''s; commit;'); select E'\\'; commit'", 0),
            (Postgres, "select '\\'; commit; select '", 1),
            (Postgres, "savepoint a; rollback to a; release a", 0),
            (Postgres, "select $1; /* unclosed commit;", 0),
            (Mysql, "/*!40101 COMMIT */;", 1),
            (Mysql, "/*M! COMMIT */;", 1),
            (Mysql, "/*M!100100 COMMIT */;", 1),
            (Mysql, "select 5--3; commit;", 1),
            (Mysql, "select 5 -- 3; commit;", 0),
            (Postgres, "select 5--3; commit;", 0),
            (Mysql, "# commit;\nselect 'a\\'; commit;'", 0),
            (Mysql, "set autocommit = 1", 1),
            (Sqlite, "create trigger t after insert on a begin update b set c = 1; end; select 1", 0),
            (Sqlite, "create trigger t after insert on a begin update b set c = 1; end; rollback", 1),
        ] {
            assert_eq!(transaction_control(sql, engine).len(), count, "{sql}");
        }
    }

    #[test]
    fn only_a_statement_by_itself_can_stand_outside_of_a_transaction() {
        for (sql, alone) in [
            ("-- an index\ncreate unique index concurrently a on b (c);", true),
            ("CREATE INDEX a ON b (c)", false),
            ("create index concurrently a on b (c); select 1", false),
            ("vacuum a;", true),
            ("", false),
        ] {
            assert_eq!(stands_alone(sql, Postgres), alone, "{sql}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_it_panic(sql in "[-a-zA-Z$'\"`;/*#!\\\\ \né0-9]{0,80}") {
            for engine in [Postgres, Mysql, Sqlite] {
                drop(transaction_control(&sql, engine));
            }
        }
    }
}
