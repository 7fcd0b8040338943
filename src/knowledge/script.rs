//! Scripts that a client takes among its options (`mongosh --eval "db.users.countDocuments()"`): whether all
//! that they call only reads.

use super::data::ToolCommand;
use super::line::{Scan, whole};
use crate::words::text::Text;

/// Words that stand in front of a bracket and call nothing.
const SYNTAX: [&str; 8] = ["if", "for", "while", "switch", "catch", "function", "return", "await"];

/// How the names of members begin that change something; one that is handed on is called by somebody else.
const CHANGES: [&str; 15] = [
    "insert",
    "update",
    "delete",
    "drop",
    "remove",
    "replace",
    "rename",
    "create",
    "bulk",
    "save",
    "findAnd",
    "findOneAnd",
    "runCommand",
    "adminCommand",
    "initialize",
];

pub(super) fn only_reads(words: &[Text], command: &ToolCommand, scan: &Scan) -> bool {
    let mut texts = scan.values(&command.script_text).peekable();
    texts.peek().is_some()
        && texts.all(|(word, offset)| {
            let text = whole(words, word).and_then(|text| text.get(offset..));
            text.is_some_and(|text| reads(text, &command.script_reads))
        })
}

/// Every name that is called is known to read. What is called without a name, or writes where it reads
/// (`$out`), is not.
fn reads(text: &str, known: &[String]) -> bool {
    let hidden = ["](", ")(", "}(", "`", "$out", "$merge", "?.("].iter().any(|sign| text.contains(sign));
    let handed_on = text.match_indices('.').any(|(at, _)| {
        let rest = text.get(at + 1..).unwrap_or("");
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        // A collection may have such a name, and what follows then is a member of it.
        let changes = rest.get(..end).is_some_and(|name| CHANGES.iter().any(|c| name.starts_with(c)));
        changes && !rest.get(end..).is_some_and(|after| after.starts_with('.'))
    });
    !hidden
        && !handed_on
        && text.match_indices('(').all(|(at, _)| {
            let before = text.get(..at).unwrap_or("").trim_end();
            let start = before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$'));
            let name = before.get(start.map_or(0, |start| start + 1)..).unwrap_or("");
            name.is_empty() || SYNTAX.contains(&name) || known.iter().any(|known| known == name)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_reads_when_everything_that_it_calls_does() {
        let known = ["find", "count", "print", "forEach"].map(str::to_owned);
        for text in
            ["db.a.count()", "print(db.a.find({x: 1}).count())", "db.a.find().forEach((d) => print(d.x))"]
        {
            assert!(reads(text, &known), "{text}");
        }
        for text in [
            "db.a.deleteMany({})",
            "db.a.find().forEach(d => db.a.deleteOne({_id: d._id}))",
            "db.a['drop']()",
            "const f = db.a.drop; f()",
            "print(db.a.aggregate([{$out: 'b'}]))",
            "db.a.drop ()",
            "db.a.find().forEach(db.b.insertOne)",
        ] {
            assert!(!reads(text, &known), "{text}");
        }
    }
}
