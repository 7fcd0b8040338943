//! Commands that the shell itself carries out and that change what comes after them.

use super::command::{Argument, Simple, declares};
use super::condition;
use super::cursor::{Parser, is_name, is_name_start};
use super::expansion::variable;
use super::list::Piece;
use super::word::Word;
use crate::words::flow::{
    CASE_FOLDED, EVERYTHING, Expr, ExprKind, Function, Node, NodeKind, Run, Scope, Stdin,
};
use crate::words::span::Span;

impl Parser<'_> {
    pub(super) fn builtin(&mut self, mut simple: Simple) -> Piece {
        for _ in 0..8 {
            let transparent = matches!(simple.literal(0).as_deref(), Some("command" | "builtin"));
            if !transparent || simple.arguments.len() < 2 {
                break;
            }
            let skip = match simple.literal(1).as_deref() {
                Some("-p" | "--") => 2,
                Some("-v" | "-V") => break,
                _ => 1,
            };
            if simple.arguments.len() <= skip {
                break;
            }
            simple.arguments.drain(..skip);
        }
        let Some(name) = simple.literal(0) else { return Piece::Status(simple.run(0)) };
        let span = simple.span;
        match name.as_str() {
            "[" => {
                let mut words = simple.words_from(1);
                let closed = words.last().and_then(Word::bare).as_deref() == Some("]");
                if closed {
                    words.pop();
                    let mut test = condition::of_words(&words, span);
                    test.span = span;
                    return Piece::Status(test);
                }
                Piece::Status(simple.run(0))
            }
            "test" => {
                let mut test = condition::of_words(&simple.words_from(1), span);
                test.span = span;
                Piece::Status(test)
            }
            "exit" | "logout" => Piece::node(NodeKind::Exit(Some(status(&simple))), span),
            "return" => Piece::node(NodeKind::Return(Some(status(&simple))), span),
            "break" => Piece::node(NodeKind::Break, span),
            "continue" => Piece::node(NodeKind::Continue, span),
            "set" => set(simple),
            "shopt" => shopt(simple),
            "source" | "." => {
                match simple.words_from(1).into_iter().find(|word| word.bare().as_deref() != Some("--")) {
                    Some(file) => {
                        let file = file.value();
                        Piece::Status(Expr::new(ExprKind::Include { file }, span))
                    }
                    None => Piece::Status(simple.run(0)),
                }
            }
            "eval" => eval(simple),
            "trap" => trap(simple),
            "exec" => exec(simple),
            "unset" => unset(simple),
            "alias" => self.alias(simple),
            "printf"
                if simple
                    .words_from(1)
                    .first()
                    .is_some_and(|word| word.literal().as_deref() == Some("-v")) =>
            {
                printed_into(simple)
            }
            "read" | "mapfile" | "readarray" | "getopts" => reading(&name, simple),
            _ if declares(&name) => self.declaration(&name, simple),
            _ => Piece::Status(simple.run(0)),
        }
    }

    /// `alias x='cmd'`: from here on `x` is that command, as if it were a function.
    fn alias(&mut self, simple: Simple) -> Piece {
        let span = simple.span;
        let mut nodes = Vec::new();
        for word in simple.words_from(1) {
            let at = word.span;
            let Some((name, text)) = word.literal().and_then(|text| {
                let (name, text) = text.split_once('=')?;
                Some((name.to_owned(), text.to_owned()))
            }) else {
                continue;
            };
            let rest = Expr::new(ExprKind::Spread(variable("@", at)), at);
            let mut words: Vec<Expr> = text.split_whitespace().map(|word| Expr::text(word, at)).collect();
            let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || " _-./=:@+,%".contains(c));
            if name.is_empty() || words.is_empty() || !plain {
                continue;
            }
            if text.split_whitespace().next() == Some(name.as_str()) {
                // In its own text the name means the program.
                words.insert(0, Expr::text("command", at));
            }
            words.push(rest);
            let run = Run { words, env: Vec::new(), stdin: Stdin::Inherit };
            let run = Node { kind: NodeKind::Command(Expr::new(ExprKind::Run(run), at)), span: at };
            let id = self.function(Function {
                name: Some(name.clone()),
                params: Vec::new(),
                body: vec![run],
                is_async: false,
                is_generator: false,
                lexical_this: false,
                span: at,
            });
            let value = Expr::new(ExprKind::Function(id), at);
            nodes.push(Node { kind: NodeKind::Define { name, value }, span: at });
        }
        if nodes.is_empty() { Piece::Status(simple.run(0)) } else { Piece::Nodes(nodes, span) }
    }

    fn declaration(&mut self, name: &str, simple: Simple) -> Piece {
        let mut exports = name == "export";
        let mut global = false;
        let mut only_shows = false;
        let mut rest = Vec::new();
        for argument in simple.arguments.iter().skip(1) {
            let flags = match argument {
                Argument::Word(word) => word.literal().filter(|text| text.starts_with(['-', '+'])),
                Argument::Assignment(_) => None,
            };
            match flags {
                Some(flags) if rest.is_empty() => {
                    exports |= flags.starts_with('-') && flags.contains('x');
                    global |= flags.contains('g');
                    only_shows |= flags.contains(['p', 'f', 'F'])
                        || (name == "export" && flags.contains('n'))
                        || flags.starts_with("+x");
                }
                _ => rest.push(argument.clone()),
            }
        }
        let dynamic = rest.iter().any(|argument| match argument {
            Argument::Word(word) => !word.literal().is_some_and(|text| is_variable(&text)),
            Argument::Assignment(_) => false,
        });
        if only_shows || rest.is_empty() || dynamic {
            return Piece::Status(simple.run(0));
        }
        let local = name == "local" || (name != "readonly" && !global && self.sink.in_function > 0);
        let span = simple.span;
        let mut nodes = Vec::new();
        for argument in rest {
            let (target, value, at) = match argument {
                Argument::Assignment(set) => ((set.name, set.target), Some(set.value), set.span),
                Argument::Word(word) => {
                    let text = word.literal().unwrap_or_default();
                    let target = variable(&text, word.span);
                    ((text, target), None, word.span)
                }
            };
            let (name, target) = target;
            let kind = if exports {
                NodeKind::ExportVariable { name, value }
            } else if local {
                NodeKind::Bind { name, value, scope: Scope::Function, type_name: None }
            } else {
                match value {
                    Some(value) => NodeKind::Assign { target, value },
                    None => continue,
                }
            };
            let drops = match &kind {
                NodeKind::ExportVariable { value, .. } | NodeKind::Bind { value, .. } => {
                    value.as_ref().is_some_and(captured)
                }
                NodeKind::Assign { value, .. } => captured(value),
                _ => false,
            };
            let node = Node { kind, span: at };
            nodes.push(if drops { of_its_own(node) } else { node });
        }
        Piece::Nodes(nodes, span)
    }
}

fn captured(expr: &Expr) -> bool {
    match expr.kind.as_ref() {
        ExprKind::Capture(_) => true,
        ExprKind::Concat(parts) | ExprKind::List(parts) => parts.iter().any(captured),
        ExprKind::Spread(inner) => captured(inner),
        ExprKind::Default { value, other, .. } => captured(value) || captured(other),
        _ => false,
    }
}

/// `local x=$(cmd)`: the status is that of `local`, whatever became of `cmd`.
fn of_its_own(node: Node) -> Node {
    let span = node.span;
    let set = Expr::new(ExprKind::Group { body: vec![node], isolated: false }, span);
    let words = vec![Expr::text("true", span)];
    let fine = Expr::new(ExprKind::Run(Run { words, env: Vec::new(), stdin: Stdin::Inherit }), span);
    Node { kind: NodeKind::Command(Expr::new(ExprKind::Or(set, fine), span)), span }
}

fn is_variable(text: &str) -> bool {
    text.bytes().next().is_some_and(is_name_start) && text.bytes().all(is_name)
}

/// The status that `exit` and `return` are given; without one it is the last command's.
fn status(simple: &Simple) -> Expr {
    let Some(word) = simple.words_from(1).into_iter().next() else {
        return Expr::new(ExprKind::LastStatus, simple.span);
    };
    let span = word.span;
    match word.literal().and_then(|text| text.parse::<f64>().ok()) {
        Some(number) => Expr::new(ExprKind::Number(number), span),
        None => word.value(),
    }
}

/// errexit and pipefail, as the words of `set` (or of a shell's own command line) say.
pub(super) fn read_options<'w>(words: impl Iterator<Item = &'w str>) -> (Option<bool>, Option<bool>) {
    let (mut errexit, mut pipefail) = (None, None);
    let mut named = None;
    for word in words {
        if let Some(on) = named.take() {
            match word {
                "errexit" => errexit = Some(on),
                "pipefail" => pipefail = Some(on),
                _ => {}
            }
            continue;
        }
        let on = word.starts_with('-');
        if word == "--" || !(on || word.starts_with('+')) {
            break;
        }
        for flag in word.bytes().skip(1) {
            match flag {
                b'e' => errexit = Some(on),
                b'o' => named = Some(on),
                _ => {}
            }
        }
    }
    (errexit, pipefail)
}

/// Whether `set` says that every later assignment is exported, or no longer is.
fn exports_all(words: &[Option<String>]) -> Option<bool> {
    let mut found = None;
    for (at, word) in words.iter().enumerate() {
        let Some(word) = word.as_deref() else { continue };
        let on = word.starts_with('-');
        let letters = word.trim_start_matches(['-', '+']);
        if word.len() == letters.len() || word.starts_with("--") {
            continue;
        }
        let named = letters.ends_with('o')
            && words.get(at + 1).is_some_and(|next| next.as_deref() == Some("allexport"));
        if letters.contains('a') || named {
            found = Some(on);
        }
    }
    found
}

/// `shopt -s nocasematch`, `shopt -uo errexit`; every other option decides nothing here.
fn shopt(simple: Simple) -> Piece {
    let span = simple.span;
    let literals: Vec<String> = simple.words_from(1).iter().filter_map(Word::literal).collect();
    let (flags, names): (Vec<&String>, Vec<&String>) =
        literals.iter().partition(|word| word.starts_with('-'));
    let flag = |letter: char| flags.iter().any(|word| word.contains(letter));
    let sets = |option: &str| names.iter().any(|name| *name == option);
    let on = flag('s');
    let kind = if !on && !flag('u') {
        return Piece::Status(simple.run(0));
    } else if flag('o') {
        let set = |option: &str| sets(option).then_some(on);
        NodeKind::Options { errexit: set("errexit"), pipefail: set("pipefail") }
    } else if sets(CASE_FOLDED) {
        let value = Some(Expr::new(ExprKind::Bool(on), span));
        NodeKind::ExportVariable { name: CASE_FOLDED.to_owned(), value }
    } else {
        return Piece::Status(simple.run(0));
    };
    Piece::node(kind, span)
}

fn set(simple: Simple) -> Piece {
    let span = simple.span;
    let words = simple.words_from(1);
    if words.is_empty() {
        return Piece::Status(simple.run(0));
    }
    let literals: Vec<Option<String>> = words.iter().map(Word::literal).collect();
    let mut nodes = Vec::new();
    // The command interpreter of Windows sets variables so, in scripts of packages, too.
    if let [Some(only)] = literals.as_slice()
        && let Some((name, value)) = only.split_once('=').filter(|(name, _)| is_variable(name))
    {
        let value = Some(Expr::text(value, span));
        nodes.push(Node { kind: NodeKind::ExportVariable { name: name.to_owned(), value }, span });
        return Piece::Nodes(nodes, span);
    }
    if let Some(on) = exports_all(&literals) {
        let value = Some(Expr::new(ExprKind::Bool(on), span));
        nodes.push(Node { kind: NodeKind::ExportVariable { name: EVERYTHING.to_owned(), value }, span });
    }
    let operands = literals.iter().position(|word| word.as_deref() == Some("--"));
    let flags = literals.iter().take(operands.unwrap_or(literals.len()));
    let known = flags.clone().all(Option::is_some);
    if known {
        let (errexit, pipefail) = read_options(flags.filter_map(Option::as_deref));
        nodes.push(Node { kind: NodeKind::Options { errexit, pipefail }, span });
    } else {
        // Which option is set only the run knows.
        let parts = words.iter().cloned().map(Word::value).collect();
        nodes.push(Node { kind: NodeKind::Opaque(parts), span });
    }
    if let Some(operands) = operands {
        let values: Vec<Expr> = words.into_iter().skip(operands + 1).map(Word::argument).collect();
        for (index, value) in values.iter().enumerate().take(9) {
            if matches!(*value.kind, ExprKind::Spread(_)) {
                break;
            }
            let target = variable(&(index + 1).to_string(), value.span);
            nodes.push(Node { kind: NodeKind::Assign { target, value: value.clone() }, span });
        }
        let value = Expr::new(ExprKind::List(values), span);
        nodes.push(Node { kind: NodeKind::Assign { target: variable("@", span), value }, span });
    }
    Piece::Nodes(nodes, span)
}

fn eval(simple: Simple) -> Piece {
    let span = simple.span;
    let mut words = simple.words_from(1);
    let text = match (words.len(), words.pop()) {
        (0, _) | (_, None) => return Piece::Status(simple.run(0)),
        (1, Some(only)) => only.value(),
        (_, Some(last)) => {
            words.push(last);
            let mut parts = Vec::new();
            for word in words {
                let word = word.value();
                if !parts.is_empty() {
                    parts.push(Expr::text(" ", Span { start: word.span.start, end: word.span.start }));
                }
                parts.push(word);
            }
            let at = parts.iter().map(|part| part.span).reduce(Span::to).unwrap_or(span);
            Expr::new(ExprKind::Concat(parts), at)
        }
    };
    Piece::Status(Expr::new(ExprKind::EvalText(text), span))
}

fn trap(simple: Simple) -> Piece {
    let span = simple.span;
    let mut words = simple.words_from(1);
    words.retain(|word| word.bare().as_deref() != Some("--"));
    let flag = words.first().and_then(Word::bare).is_some_and(|text| matches!(text.as_str(), "-p" | "-l"));
    if words.is_empty() || flag {
        return Piece::Status(simple.run(0));
    }
    let resets = words.len() == 1 || words.first().and_then(Word::literal).as_deref() == Some("-");
    let from = usize::from(words.len() > 1);
    let signals = words
        .iter()
        .skip(from)
        .filter_map(Word::literal)
        .map(|name| {
            let upper = name.to_ascii_uppercase();
            let short = upper.strip_prefix("SIG").unwrap_or(&upper);
            if short == "0" { "EXIT".to_owned() } else { short.to_owned() }
        })
        .collect();
    let action = if resets { None } else { words.into_iter().next().map(Word::value) };
    Piece::node(NodeKind::Trap { action, signals }, span)
}

/// `exec cmd` is the last thing that happens; `exec >file` only redirects.
fn exec(mut simple: Simple) -> Piece {
    let span = simple.span;
    let mut skip = 1;
    while let Some(flag) = simple.literal(skip).filter(|text| text.starts_with('-')) {
        skip += if flag.ends_with('a') { 2 } else { 1 };
        if flag == "--" {
            break;
        }
    }
    if simple.arguments.len() <= skip {
        let Some(Argument::Word(first)) = simple.arguments.first() else {
            return Piece::Status(simple.run(0));
        };
        let quiet = Word { parts: Vec::new(), span: first.span };
        let mut colon = quiet;
        colon.parts.push(super::word::Part {
            kind: super::word::PartKind::Literal(":".to_owned()),
            quoted: false,
            list: false,
            span: first.span,
        });
        simple.arguments = vec![Argument::Word(colon)];
        return Piece::Status(simple.run(0));
    }
    let run = simple.run(skip);
    let last = Expr::new(ExprKind::LastStatus, span);
    let nodes =
        vec![Node { kind: NodeKind::Command(run), span }, Node { kind: NodeKind::Exit(Some(last)), span }];
    Piece::Nodes(nodes, span)
}

fn unset(simple: Simple) -> Piece {
    let span = simple.span;
    let words = simple.words_from(1);
    let functions = words.first().and_then(Word::literal).is_some_and(|text| text == "-f" || text == "-n");
    let names: Vec<(String, Span)> = words
        .iter()
        .filter_map(|word| word.literal().filter(|text| is_variable(text)).map(|text| (text, word.span)))
        .collect();
    if functions || names.is_empty() {
        return Piece::Status(simple.run(0));
    }
    let nodes = names
        .into_iter()
        .map(|(name, at)| {
            let value = Expr::new(ExprKind::Undefined, at);
            Node { kind: NodeKind::Assign { target: variable(&name, at), value }, span: at }
        })
        .collect();
    Piece::Nodes(nodes, span)
}

/// `read x`: the variable is what the command gives, its status is the command's.
fn reading(name: &str, simple: Simple) -> Piece {
    let span = simple.span;
    let words = simple.words_from(1);
    let mut names: Vec<(String, Span)> = Vec::new();
    let mut index = 0;
    while let Some(word) = words.get(index) {
        let text = word.literal().unwrap_or_default();
        if text.starts_with('-') && name != "getopts" {
            // Options that take a value, where the value is a word of its own.
            let takes_value = text.len() == 2
                && text.ends_with(['p', 'd', 'n', 'N', 't', 'u', 'i', 'O', 's', 'c'])
                || (text.len() > 2 && text.ends_with('p'));
            let array = text.ends_with('a');
            let plain = text == "-s" && name == "read";
            index += if takes_value && !plain && !array { 2 } else { 1 };
            continue;
        }
        if is_variable(&text) && !(name == "getopts" && index != 1) {
            names.push((text, word.span));
        }
        index += 1;
    }
    if name == "getopts" {
        names.push(("OPTARG".to_owned(), span));
    } else if names.is_empty() {
        let default = if name == "read" { "REPLY" } else { "MAPFILE" };
        names.push((default.to_owned(), span));
    }
    let run = simple.run(0);
    let mut parts = Vec::new();
    for (variable_name, at) in names {
        let value = if name == "getopts" {
            Expr::new(ExprKind::Opaque(vec![variable("@", at)]), span)
        } else {
            let node = Node { kind: NodeKind::Command(run.clone()), span };
            Expr::new(ExprKind::Capture(vec![node]), span)
        };
        let target = variable(&variable_name, at);
        parts.push(Expr::new(ExprKind::Assign { target, value }, at));
    }
    parts.push(run);
    Piece::Status(Expr::new(ExprKind::Sequence(parts), span))
}

/// `printf -v NAME FORMAT …`: an assignment of what would be printed.
fn printed_into(simple: Simple) -> Piece {
    let span = simple.span;
    let words = simple.words_from(1);
    let Some(name) = words.get(1).and_then(super::word::Word::literal).filter(|name| is_variable(name))
    else {
        return Piece::Status(simple.run(0));
    };
    let rest: Vec<Expr> = words.iter().skip(2).map(|word| word.clone().value()).collect();
    // A format that is all of the text is the text.
    let value = match rest.as_slice() {
        [only] => only.clone(),
        _ => Expr::new(ExprKind::Opaque(rest), span),
    };
    Piece::Status(Expr::new(ExprKind::Assign { target: variable(&name, span), value }, span))
}
