//! What a value can be before the program has run, and what it depends on.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::words::flow::{ClassId, FunctionId};
use crate::words::span::{FileId, Span};
use crate::words::text::Text;

/// Where a value comes from, as far as a person outside could steer it. Empty for most values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Taint(Option<Rc<Sources>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Environment variables, but `CI`.
    pub variables: BTreeSet<String>,
    pub ci: bool,
    /// Flags, positional arguments.
    pub arguments: bool,
    pub prompt: bool,
    /// The name of a variable was put together or decoded.
    pub computed: bool,
    /// The result of a fingerprint check.
    pub verdict: bool,
    /// Statuses and errors that nobody has looked at yet, by their number in the walk.
    pub outcomes: BTreeSet<usize>,
}

impl Taint {
    #[must_use]
    pub fn of(sources: Sources) -> Self {
        if sources == Sources::default() { Self(None) } else { Self(Some(Rc::new(sources))) }
    }

    #[must_use]
    pub fn variable(name: &str) -> Self {
        if name == "CI" {
            return Self::of(Sources { ci: true, ..Sources::default() });
        }
        Self::of(Sources { variables: BTreeSet::from([name.to_owned()]), ..Sources::default() })
    }

    #[must_use]
    pub fn sources(&self) -> Option<&Sources> {
        self.0.as_deref()
    }

    /// The same, but that it tells how something ended.
    #[must_use]
    pub fn without_outcomes(&self) -> Self {
        match &self.0 {
            Some(sources) if !sources.outcomes.is_empty() => {
                Self::of(Sources { outcomes: BTreeSet::new(), ..(**sources).clone() })
            }
            _ => self.clone(),
        }
    }

    /// Only that it tells how something ended.
    #[must_use]
    pub fn only_outcomes(&self) -> Self {
        match &self.0 {
            Some(sources) if !sources.outcomes.is_empty() => {
                Self::of(Sources { outcomes: sources.outcomes.clone(), ..Sources::default() })
            }
            _ => Self(None),
        }
    }

    #[must_use]
    pub fn has(&self, test: impl Fn(&Sources) -> bool) -> bool {
        self.0.as_deref().is_some_and(test)
    }

    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        match (&self.0, &other.0) {
            (None, _) => other.clone(),
            (_, None) => self.clone(),
            (Some(a), Some(b)) if Rc::ptr_eq(a, b) => self.clone(),
            (Some(a), Some(b)) => Self::of(Sources {
                variables: a.variables.union(&b.variables).cloned().collect(),
                ci: a.ci || b.ci,
                arguments: a.arguments || b.arguments,
                prompt: a.prompt || b.prompt,
                computed: a.computed || b.computed,
                verdict: a.verdict || b.verdict,
                outcomes: a.outcomes.union(&b.outcomes).copied().collect(),
            }),
        }
    }
}

#[derive(Clone, Debug)]
pub struct Value {
    pub kind: Kind,
    pub taint: Taint,
}

pub type ScopeId = usize;

#[derive(Clone, Debug)]
pub enum Kind {
    /// Only the run knows. The label is what the source calls it.
    Unknown(Rc<str>),
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Rc<Text>),
    /// A variable of the environment, as it is.
    Variable(Rc<str>),
    /// `open`: there may be more elements than these.
    List(Rc<Vec<Value>>, bool),
    Object(Rc<Object>),
    Function(Rc<Closure>),
    Class(Rc<ClassValue>),
    /// The namespace of a module of the repository.
    Module(FileId),
    /// A member of a library or a global, as a path that the knowledge may name.
    Api(Rc<str>),
    /// A value of a type of the knowledge.
    Typed(Rc<Typed>),
    /// A member of a typed or unknown value, taken but not called.
    Method(Rc<(Value, String)>),
    Promise(Rc<Promise>),
    Table(Rc<TableDefinition>),
    /// The text of a file of the repository.
    FileText(FileId),
    /// An imported name that nobody has asked for yet.
    Later(Rc<Later>),
}

#[derive(Clone, Debug)]
pub struct Later {
    /// The unit that imports it.
    pub unit: usize,
    pub file: FileId,
    pub span: Span,
    pub imported: Rc<str>,
}

#[derive(Clone, Debug, Default)]
pub struct Object {
    pub entries: BTreeMap<String, Value>,
    /// It may have more keys than these.
    pub open: bool,
    pub class: Option<Rc<ClassValue>>,
}

#[derive(Clone, Debug)]
pub struct Closure {
    pub unit: usize,
    pub id: FunctionId,
    pub scope: ScopeId,
    pub this: Option<Value>,
}

#[derive(Clone, Debug)]
pub struct ClassValue {
    pub unit: usize,
    pub id: ClassId,
    pub scope: ScopeId,
    pub base: Option<Value>,
    /// The table that a decorator or a static call gave it.
    pub table: Option<Rc<TableDefinition>>,
}

#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub ty: String,
    pub table: Option<TableName>,
    /// What the connection's URL is made of.
    pub url: Taint,
    pub sql: Option<Text>,
}

#[derive(Clone, Debug)]
pub enum TableName {
    Known(String),
    Defined(Rc<TableDefinition>),
    Unknown,
}

#[derive(Clone, Debug, Default)]
pub struct TableDefinition {
    pub name: Option<String>,
    /// Field name to column name.
    pub columns: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
pub struct Promise {
    pub value: Value,
    /// How it ends, when that is known.
    pub failing: Option<Failing>,
    /// Events that happened on its way, whose failure it carries.
    pub events: std::ops::Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failing {
    Throws { by_guard: bool },
    Exits { by_guard: bool },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    #[must_use]
    pub fn of(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

impl Value {
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, taint: Taint::default() }
    }

    #[must_use]
    pub fn unknown(label: &str) -> Self {
        Self::new(Kind::Unknown(Rc::from(label)))
    }

    #[must_use]
    pub fn tainted(label: &str, taint: Taint) -> Self {
        Self { kind: Kind::Unknown(Rc::from(label)), taint }
    }

    /// Unknown, as something of what has this label; a long one tells enough.
    #[must_use]
    pub fn part_of(label: &Rc<str>, [link, name]: [&str; 2], taint: Taint) -> Self {
        const ENOUGH: usize = 60;
        if label.len() >= ENOUGH {
            return Self { kind: Kind::Unknown(Rc::clone(label)), taint };
        }
        let mut longer = String::with_capacity(label.len() + link.len() + name.len());
        for part in [label, link, name] {
            longer.push_str(part);
        }
        Self { kind: Kind::Unknown(Rc::from(longer)), taint }
    }

    #[must_use]
    pub fn undefined() -> Self {
        Self::new(Kind::Undefined)
    }

    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::new(Kind::Text(Rc::new(Text::known(text))))
    }

    #[must_use]
    pub fn truth(truth: Truth, taint: Taint) -> Self {
        match truth {
            Truth::Yes => Self { kind: Kind::Bool(true), taint },
            Truth::No => Self { kind: Kind::Bool(false), taint },
            Truth::Unknown => Self::tainted("condition", taint),
        }
    }

    #[must_use]
    pub fn list(items: Vec<Self>) -> Self {
        Self::new(Kind::List(Rc::new(items), false))
    }

    #[must_use]
    pub fn object(entries: BTreeMap<String, Self>, open: bool) -> Self {
        Self::new(Kind::Object(Rc::new(Object { entries, open, class: None })))
    }

    #[must_use]
    pub fn with(mut self, taint: &Taint) -> Self {
        self.taint = self.taint.and(taint);
        self
    }

    #[must_use]
    pub fn known_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Text(text) => text.as_known(),
            _ => None,
        }
    }

    /// The value as text, with holes where it is not known.
    #[must_use]
    pub fn to_text(&self) -> Text {
        match &self.kind {
            Kind::Text(text) => (**text).clone(),
            Kind::Number(n) => Text::known(n.to_string()),
            Kind::Bool(b) => Text::known(b.to_string()),
            Kind::Null => Text::known("null"),
            Kind::Undefined => Text::known(""),
            Kind::Variable(name) | Kind::Unknown(name) => Text::hole(&**name),
            Kind::Typed(typed) => typed.sql.clone().unwrap_or_else(|| Text::hole("value")),
            Kind::Table(table) => table.name.as_ref().map_or_else(|| Text::hole("table"), Text::known),
            _ => Text::hole("value"),
        }
    }

    /// One value that stands for both: what is the same stays, the rest is unknown.
    #[must_use]
    pub fn join(&self, other: &Self) -> Self {
        let taint = self.taint.and(&other.taint);
        let same = match (&self.kind, &other.kind) {
            (Kind::Undefined, Kind::Undefined) | (Kind::Null, Kind::Null) => true,
            (Kind::Bool(a), Kind::Bool(b)) => a == b,
            (Kind::Number(a), Kind::Number(b)) => a.to_bits() == b.to_bits(),
            (Kind::Text(a), Kind::Text(b)) => a == b,
            (Kind::Variable(a), Kind::Variable(b)) | (Kind::Api(a), Kind::Api(b)) => a == b,
            (Kind::Unknown(_), Kind::Unknown(_)) => true,
            (Kind::Module(a), Kind::Module(b)) | (Kind::FileText(a), Kind::FileText(b)) => a == b,
            (Kind::List(a, _), Kind::List(b, _)) => Rc::ptr_eq(a, b),
            (Kind::Object(a), Kind::Object(b)) => Rc::ptr_eq(a, b),
            (Kind::Function(a), Kind::Function(b)) => a.unit == b.unit && a.id == b.id,
            (Kind::Class(a), Kind::Class(b)) => a.unit == b.unit && a.id == b.id,
            (Kind::Typed(a), Kind::Typed(b)) => a.ty == b.ty,
            (Kind::Method(a), Kind::Method(b)) => {
                let typed = |v: &Self| match &v.kind {
                    Kind::Typed(of) => Some(of.ty.clone()),
                    _ => None,
                };
                a.1 == b.1 && typed(&a.0).is_some() && typed(&a.0) == typed(&b.0)
            }
            (Kind::Table(a), Kind::Table(b)) => Rc::ptr_eq(a, b),
            (Kind::Promise(a), Kind::Promise(b)) => Rc::ptr_eq(a, b),
            _ => false,
        };
        if let (Kind::Typed(a), Kind::Typed(b)) = (&self.kind, &other.kind)
            && a.ty == b.ty
            && let (Some(one), Some(another)) = (&a.sql, &b.sql)
            && one.to_string() != another.to_string()
        {
            // Whichever it is, it may be executed.
            let mut sql = one.clone();
            sql.push_known("\n;\n");
            sql.push(another);
            return Self { kind: Kind::Typed(Rc::new(Typed { sql: Some(sql), ..(**a).clone() })), taint };
        }
        if same {
            return Self { kind: self.kind.clone(), taint };
        }
        match (&self.kind, &other.kind) {
            // A client that may be missing is still a client; what it does, it does.
            (
                kept
                @ (Kind::Typed(_) | Kind::Function(_) | Kind::Api(_) | Kind::Class(_) | Kind::Promise(_)),
                Kind::Undefined | Kind::Null,
            )
            | (
                Kind::Undefined | Kind::Null,
                kept
                @ (Kind::Typed(_) | Kind::Function(_) | Kind::Api(_) | Kind::Class(_) | Kind::Promise(_)),
            ) => Self { kind: kept.clone(), taint },
            // A client, or the promise of one: either way it is that client.
            (Kind::Promise(promise), kept @ Kind::Typed(client))
            | (kept @ Kind::Typed(client), Kind::Promise(promise))
                if matches!(&promise.value.kind, Kind::Typed(other) if other.ty == client.ty) =>
            {
                Self { kind: kept.clone(), taint }
            }
            // (A member of a global that nothing is known of is no more than that.)
            (Kind::Typed(_), Kind::Unknown(_) | Kind::Api(_)) => Self { kind: self.kind.clone(), taint },
            (Kind::Unknown(_) | Kind::Api(_), Kind::Typed(_)) => Self { kind: other.kind.clone(), taint },
            (Kind::Object(a), Kind::Object(b)) => {
                let mut entries = a.entries.clone();
                for (key, value) in &b.entries {
                    let joined = entries.get(key).map_or_else(|| value.clone(), |old| old.join(value));
                    entries.insert(key.clone(), joined);
                }
                let class = a.class.clone().or_else(|| b.class.clone());
                let kind = Kind::Object(Rc::new(Object { entries, open: a.open || b.open, class }));
                Self { kind, taint }
            }
            (Kind::List(a, x), Kind::List(b, y)) => {
                let mut items = (**a).clone();
                items.extend(b.iter().cloned());
                items.truncate(256);
                Self { kind: Kind::List(Rc::new(items), *x || *y || a.len() != b.len()), taint }
            }
            _ => Self::tainted("value", taint),
        }
    }
}
