//! Calls in languages whose control flow is not read: what they do, wherever they stand.

use crate::knowledge::foreign::{self, ForeignCall, ForeignFile};
use crate::lang::Kind as FileKind;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::EventKind;
use crate::reach::value::{Kind, ScopeId, Taint, Value};
use crate::words::effect::{Columns, Effect, Operation, Table};
use crate::words::flow::{Call, CallKind, Expr, ExprKind, PropertyKey};
use crate::words::span::{Place, Span};
use crate::words::text::{Piece, Text};

/// Words with which a statement begins that changes something, or asks.
const VERBS: [&str; 22] = [
    "insert", "update", "delete", "truncate", "drop", "alter", "create", "merge", "replace", "grant",
    "revoke", "copy", "select", "with", "lock", "vacuum", "reindex", "refresh", "rename", "call", "do",
    "begin",
];

/// Calls that name a table with their first argument.
const TABLES: [&str; 8] = ["table", "from", "into", "Table", "From", "Into", "Model", "NewDelete"];

impl Walker<'_> {
    pub(super) fn foreign_call(
        &mut self,
        unit: usize,
        scope: ScopeId,
        call: &Call,
        span: Span,
    ) -> (Value, Flow) {
        let at = self.place(unit, span);
        let unknown = || (Value::unknown("call"), Flow::normal());
        if !self.step() {
            return unknown();
        }
        self.depth += 1;
        // What stands before the last link of the chain happens before it.
        if let ExprKind::Member { of, .. } = call.callee.kind.as_ref() {
            self.expr(unit, scope, of);
        }
        let args: Vec<Value> = call.args.iter().map(|arg| self.expr(unit, scope, arg).0).collect();
        self.depth -= 1;
        let FileKind::Foreign(language) = self.context.sources.file(self.file_of(unit)).kind else {
            return unknown();
        };
        let Some(known) = foreign::of(language.name()) else { return unknown() };
        let shape = Shape::of(call, known);
        let text = self.context.sources.file(self.file_of(unit)).text.clone();
        let holds = |action: &ForeignCall| {
            action.needs.is_empty()
                || text
                    .as_deref()
                    .is_some_and(|text| action.needs.iter().any(|word| text.contains(word.as_str())))
        };
        for action in known.call.iter().filter(|action| action.methods.contains(&shape.method)) {
            if !action.on.iter().any(|on| shape.is_on(on)) || !holds(action) {
                continue;
            }
            if action.if_sql && !args.iter().any(reads_as_sql) {
                continue;
            }
            return (self.foreign_action(action, &shape, call, &args, at), Flow::normal());
        }
        unknown()
    }

    fn foreign_action(
        &mut self,
        action: &ForeignCall,
        shape: &Shape,
        call: &Call,
        args: &[Value],
        at: Place,
    ) -> Value {
        if action.serves {
            self.note(EventKind::Serves, at);
        }
        if action.file
            && let Some(file) = args.first().and_then(|name| self.file_argument(name))
        {
            return Value::new(Kind::FileText(file));
        }
        if let Some(tool) = &action.tool {
            let mut words = vec![Text::known(tool.as_str())];
            let named = shape
                .index
                .iter()
                .cloned()
                .chain(args.iter().filter_map(|a| a.known_text().map(str::to_owned)));
            words.extend(named.flat_map(|text| text.split_whitespace().map(Text::known).collect::<Vec<_>>()));
            if words.len() > 1 {
                self.run_words(&words, &[], None, at, false);
            }
        }
        if action.command {
            self.foreign_command(args, at);
        }
        if action.sql {
            let is_text = |arg: &&Value| {
                matches!(arg.kind, Kind::FileText(_))
                    || matches!(&arg.kind, Kind::Text(text) if !text.is_opaque())
            };
            match args.iter().find(is_text) {
                Some(text) => self.execute(text, &Taint::default(), at, false),
                None if args.is_empty() || action.reads => {}
                None => {
                    let effects = vec![Effect::on(Operation::RawSql, Table::Unknown)];
                    self.foreign_effects(effects, at);
                }
            }
        }
        if !action.effects.is_empty() {
            let effects = action
                .effects
                .iter()
                .map(|operation| Effect {
                    operation: *operation,
                    table: shape.table.clone().map_or(Table::Unknown, Table::Named),
                    columns: columns(*operation, call),
                })
                .collect();
            self.foreign_effects(effects, at);
        }
        Value::unknown("call")
    }

    fn foreign_effects(&mut self, effects: Vec<Effect>, at: Place) {
        let url = Taint::default();
        self.note(EventKind::Effect { effects, command: None, destructive: false, url, remote: false }, at);
    }

    /// Words that are started as they are, or one text for a shell.
    fn foreign_command(&mut self, args: &[Value], at: Place) {
        let mut words: Vec<Text> = Vec::new();
        for arg in args {
            match &arg.kind {
                Kind::List(items, _) => words.extend(items.iter().map(Value::to_text)),
                Kind::Text(text) => words.push((**text).clone()),
                // A context in front, options behind.
                _ if words.is_empty() => {}
                Kind::Object(_) => {}
                _ => words.push(Text::hole("argument")),
            }
        }
        // A program's name has no blanks: that is a text for the shell, with whatever it takes besides.
        let whole = words.first().and_then(Text::as_known).is_some_and(|text| text.trim().contains(' '));
        let single = words.len() == 1 || whole;
        match words.first() {
            Some(text) if single => {
                let text = text.clone();
                self.shell_text(&text, &[], at, false);
            }
            Some(first) if !first.is_opaque() => {
                self.run_words(&words, &[], None, at, false);
            }
            _ => {}
        }
    }
}

fn reads_as_sql(value: &Value) -> bool {
    let Kind::Text(text) = &value.kind else { return matches!(value.kind, Kind::FileText(_)) };
    let start = match text.pieces().first() {
        Some(Piece::Known(known)) => known.trim_start(),
        _ => return false,
    };
    let word: String = start.chars().take_while(char::is_ascii_alphabetic).collect();
    VERBS.contains(&word.to_ascii_lowercase().as_str()) && start.contains(char::is_whitespace)
}

fn columns(operation: Operation, call: &Call) -> Columns {
    if !matches!(operation, Operation::Insert | Operation::Update | Operation::Upsert) {
        return Columns::All;
    }
    for arg in &call.args {
        if let ExprKind::Object(fields) = arg.kind.as_ref() {
            let names = fields.iter().filter_map(|field| match &field.key {
                PropertyKey::Named(name) if !name.is_empty() => Some(name.clone()),
                _ => None,
            });
            return Columns::Listed(names.collect());
        }
    }
    Columns::Unknown
}

/// A call as its names say it.
struct Shape {
    method: String,
    /// From the receiver's last name to its first.
    chain: Vec<String>,
    model: bool,
    constant: bool,
    made: bool,
    query: bool,
    table: Option<String>,
    index: Option<String>,
    has_type: bool,
}

impl Shape {
    fn of(call: &Call, known: &ForeignFile) -> Self {
        let mut chain = Vec::new();
        let (mut table, mut index, mut has_type, mut query) = (None, None, false, false);
        let method = match call.callee.kind.as_ref() {
            ExprKind::Member { name, .. } | ExprKind::Name(name) => name.clone(),
            _ => String::new(),
        };
        for arg in &call.args {
            typed(arg, &mut table, &mut has_type);
        }
        let mut at = match call.callee.kind.as_ref() {
            ExprKind::Member { of, .. } => Some(of),
            _ => None,
        };
        while let Some(expr) = at {
            at = match expr.kind.as_ref() {
                ExprKind::Name(name) => {
                    chain.push(name.clone());
                    None
                }
                ExprKind::Member { of, name } => {
                    chain.push(name.clone());
                    Some(of)
                }
                ExprKind::Index { of, key } => {
                    index = literal(key);
                    query = true;
                    Some(of)
                }
                ExprKind::Call(inner) => {
                    let name = match inner.callee.kind.as_ref() {
                        ExprKind::Member { name, .. } | ExprKind::Name(name) => name.as_str(),
                        _ => "",
                    };
                    if TABLES.contains(&name) {
                        query = true;
                        table = inner.args.first().and_then(literal).or(table);
                    }
                    for arg in &inner.args {
                        typed(arg, &mut table, &mut has_type);
                    }
                    Some(&inner.callee)
                }
                _ => None,
            };
        }
        let root = chain.last().cloned().unwrap_or_default();
        let last = root.rsplit(['\\', ':']).next().unwrap_or(&root).to_owned();
        let constant = root.starts_with(char::is_uppercase);
        let head = root.split("::").next().unwrap_or(&root);
        let model = constant && !known.not.iter().any(|name| *name == head || *name == last) && last != "DB";
        if table.is_none() {
            table = index.clone().filter(|_| constant);
        }
        if table.is_none() && model {
            table = Some(plural(&last));
        }
        let made = call.kind == CallKind::New;
        Self { method, chain, model, constant, made, query, table, index, has_type }
    }

    fn is_on(&self, on: &str) -> bool {
        let has = |name: &str| {
            self.chain.iter().any(|link| link.split("::").any(|part| part.eq_ignore_ascii_case(name)))
        };
        match on {
            "<any>" => true,
            "<function>" => self.chain.is_empty() && !self.made,
            "<new>" => self.made && self.chain.is_empty(),
            "<model>" => self.model,
            "<value>" => !self.chain.is_empty() && !self.constant,
            "<record>" => !self.chain.is_empty() && (self.model || !self.constant),
            "<query>" => self.query,
            "<gorm>" => {
                (self.query || self.has_type) && !self.chain.is_empty()
                    || ["db", "tx", "gorm", "DB"]
                        .iter()
                        .any(|name| self.chain.last().is_some_and(|root| root == name))
            }
            _ => match on.strip_prefix('=') {
                Some(name) => self.chain.len() == 1 && has(name),
                None => has(on),
            },
        }
    }
}

fn literal(expr: &Expr) -> Option<String> {
    match expr.kind.as_ref() {
        ExprKind::Text(text) => Some(text.clone()),
        _ => None,
    }
}

/// `&User{…}` says which table.
fn typed(arg: &Expr, table: &mut Option<String>, has_type: &mut bool) {
    if let ExprKind::Call(call) = arg.kind.as_ref()
        && call.kind == CallKind::New
    {
        let (ExprKind::Name(name) | ExprKind::Member { name, .. }) = call.callee.kind.as_ref() else {
            return;
        };
        *has_type = true;
        if table.is_none() {
            *table = Some(plural(name));
        }
    }
}

/// `OrderItem` is kept in `order_items`.
fn plural(name: &str) -> String {
    let mut out = String::new();
    for (index, c) in name.chars().enumerate() {
        if c.is_uppercase() && index > 0 {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    match out.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if out.ends_with('s') || out.ends_with('x') || out.ends_with("ch") => format!("{out}es"),
        _ => format!("{out}s"),
    }
}
