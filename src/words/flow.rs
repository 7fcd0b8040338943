//! The waist of guard: the small tree to which every language is lowered.
//!
//! A front end (one file a language in `lang/`) turns text into a [`Unit`]; from there on nothing
//! knows the language. A front end says what stands there, in the order in which it happens; it
//! resolves nothing, looks into no other file and judges nothing. What a called name means is
//! data (`rules/knowledge/`), what it does is worked out by `reach/`.
//!
//! Every span is a span of the host file, also where the text was embedded (see
//! [`crate::words::span::OffsetMap`]).

use crate::words::span::Span;

/// The language family of a unit: which platform knowledge its global names are looked up in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    JavaScript,
    Shell,
    Python,
    PowerShell,
    Rust,
    /// Ruby, PHP, Go …: surfaces are found, guards are not believed.
    Other,
}

/// The name under which [`NodeKind::ExportVariable`] says that every later assignment is exported, too
/// (`set -a`), or no longer is; its value is a [`ExprKind::Bool`].
pub const EVERYTHING: &str = "-a";

/// The same for `shopt -s nocasematch`: from here on, comparisons take no notice of upper and lower case.
pub const CASE_FOLDED: &str = "nocasematch";

/// One lowered program text: a file, or a snippet (a workflow step, a package script, a `-c` text).
#[derive(Clone, Debug)]
pub struct Unit {
    pub dialect: Dialect,
    pub body: Block,
    /// Every function of the unit, nested ones too; [`ExprKind::Function`] refers by index.
    pub functions: Vec<Function>,
    pub classes: Vec<Class>,
    /// What could not be parsed or lowered. Not empty: the file is not fully understood, and that
    /// is a finding wherever the file matters.
    pub problems: Vec<Problem>,
    /// Cut from the text as a digest of the syntax tree (comments and formatting do not count):
    /// the tokens in order, separated by a byte that cannot occur. Empty for snippets, and where nobody asked
    /// for it.
    pub shape: Vec<u8>,
    /// What the names of types stand for; only where annotations tell what a parameter is.
    pub types: Vec<TypeName>,
}

/// The name of a type; `*` for all that another module has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TypeName {
    pub name: String,
    pub of: TypeOrigin,
}

/// What a type's name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TypeOrigin {
    /// Another type.
    Name(String),
    /// The type of a value: `typeof db`.
    Value(String),
    /// What a function gives: `ReturnType<typeof connect>`.
    Result(String),
    /// A type of another module.
    Module { module: String, name: String },
}

impl Unit {
    #[must_use]
    pub fn empty(dialect: Dialect) -> Self {
        Self {
            dialect,
            body: Vec::new(),
            functions: Vec::new(),
            classes: Vec::new(),
            problems: Vec::new(),
            shape: Vec::new(),
            types: Vec::new(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub span: Span,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClassId(pub u32);

#[derive(Clone, Debug)]
pub struct Function {
    pub name: Option<String>,
    pub params: Vec<Param>,
    pub body: Block,
    /// Calling it gives a promise; a failure inside is seen only by who awaits it.
    pub is_async: bool,
    /// The body starts when iterated, not when called.
    pub is_generator: bool,
    /// `this` is the one outside (arrow functions).
    pub lexical_this: bool,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Param {
    /// Destructuring is lowered: the parameter gets a fresh name, and the body starts with binds.
    pub name: String,
    /// The name of the annotated type, when there is one (`PrismaClient`, `Knex.Transaction`).
    pub type_name: Option<String>,
    pub default: Option<Expr>,
    pub rest: bool,
}

#[derive(Clone, Debug)]
pub struct Class {
    pub name: Option<String>,
    pub base: Option<Expr>,
    pub decorators: Vec<Expr>,
    pub constructor: Option<FunctionId>,
    pub members: Vec<Member>,
    /// Static blocks and initialisers of static fields, run when the class is defined.
    pub on_define: Block,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Member {
    pub name: String,
    pub is_static: bool,
    pub value: MemberValue,
    /// The last name of a field's annotated type.
    pub type_name: Option<String>,
    pub decorators: Vec<Expr>,
}

#[derive(Clone, Debug)]
pub enum MemberValue {
    Method(FunctionId),
    Getter(FunctionId),
    Field(Option<Expr>),
}

pub type Block = Vec<Node>;

#[derive(Clone, Debug)]
pub struct Node {
    pub kind: NodeKind,
    pub span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// The innermost block (`let`, `const`, `local`).
    Block,
    /// The innermost function, or the unit (`var`, Python's plain assignment).
    Function,
    /// The whole program, every function sees it (a shell assignment). Assigning does not export.
    Program,
}

#[derive(Clone, Debug)]
pub enum NodeKind {
    /// An expression statement whose value is dropped; a failure inside propagates as an exception.
    Eval(Expr),
    /// A shell-like statement: under errexit a falsy value ends the program, without it nothing
    /// happens, and whoever reads [`ExprKind::LastStatus`] next sees it.
    Command(Expr),
    /// `const x = …`. Destructuring is lowered to one bind a name.
    Bind {
        name: String,
        value: Option<Expr>,
        scope: Scope,
        type_name: Option<String>,
    },
    /// `x = …`, `a.b = …`, `a[k] = …`; the target is Name, Member, Index or Variable.
    Assign {
        target: Expr,
        value: Expr,
    },
    Branch {
        test: Expr,
        then: Block,
        other: Block,
    },
    /// Runs `body` any number of times. `each` binds a name to an element of a list first.
    Loop {
        test: Option<Expr>,
        each: Option<Each>,
        body: Block,
        at_least_once: bool,
    },
    /// A block with names of its own.
    Scope(Block),
    Try {
        body: Block,
        handler: Option<Handler>,
        finally: Block,
    },
    Return(Option<Expr>),
    Throw(Expr),
    /// Ends the program (of a subshell: that one) with a status. For languages where it is syntax;
    /// `process.exit(1)` is a call that the knowledge names.
    Exit(Option<Expr>),
    Break,
    Continue,
    /// A hoisted function or class declaration: the front end puts it first in its block.
    Define {
        name: String,
        value: Expr,
    },
    /// A static import: happens before anything else of the unit; the front end puts it first.
    Import {
        module: String,
        module_span: Span,
        names: Vec<ImportedName>,
        type_only: bool,
    },
    /// Makes `name` visible to importers: `export const`, `exports.name =`. `default` and, for
    /// `module.exports = …`, `*` are names, too.
    Export {
        name: String,
        value: Expr,
    },
    /// `export * from`, `export { a as b } from` (then `names` says which).
    ExportFrom {
        module: String,
        module_span: Span,
        names: Option<Vec<ImportedName>>,
    },
    /// Shell options set here: `set -e`, `set +e`, `set -o pipefail`.
    Options {
        errexit: Option<bool>,
        pipefail: Option<bool>,
    },
    /// `trap ACTION SIGNALS`. An action of None resets.
    Trap {
        action: Option<Expr>,
        signals: Vec<String>,
    },
    /// Makes variables part of the environment of every later child (`export X=…`, `export X`).
    ExportVariable {
        name: String,
        value: Option<Expr>,
    },
    /// Something whose effect on control flow the front end does not know.
    Opaque(Vec<Expr>),
}

#[derive(Clone, Debug)]
pub struct Each {
    pub name: String,
    pub over: Expr,
}

#[derive(Clone, Debug)]
pub struct Handler {
    pub param: Option<String>,
    pub body: Block,
    pub catches: Catches,
    pub span: Span,
}

/// What a handler catches. Where the end of the program is an exception like any other, a handler
/// may catch it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Catches {
    Errors,
    Exits,
    All,
}

/// `import { imported as local }`; `imported` is `default`, `*` or a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportedName {
    pub imported: String,
    pub local: String,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub kind: Box<ExprKind>,
    pub span: Span,
}

impl Expr {
    #[must_use]
    pub fn new(kind: ExprKind, span: Span) -> Self {
        Self { kind: Box::new(kind), span }
    }

    #[must_use]
    pub fn text(text: impl Into<String>, span: Span) -> Self {
        Self::new(ExprKind::Text(text.into()), span)
    }
}

#[derive(Clone, Debug)]
pub enum ExprKind {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    /// A name, looked up lexically, then among the platform's globals.
    Name(String),
    /// A shell variable: a variable of the program, else one of the environment. Positional
    /// parameters are `1`, `2`, `@`, `*`, `#`.
    Variable(String),
    /// `${x:-other}`, `${x-other}`, `x ?? other`: the first one where it is set (`or_empty`: and
    /// not empty), else the other.
    Default {
        value: Expr,
        other: Expr,
        or_empty: bool,
    },
    /// `${x:?message}`: ends the program where it is not set (or empty).
    Required {
        value: Expr,
    },
    Member {
        of: Expr,
        name: String,
    },
    Index {
        of: Expr,
        key: Expr,
    },
    /// Template strings, `+` with text, shell words made of parts.
    Concat(Vec<Expr>),
    List(Vec<Expr>),
    Object(Vec<Property>),
    /// Elements of a list, or properties of an object, inserted here.
    Spread(Expr),
    Function(FunctionId),
    Class(ClassId),
    Call(Call),
    Await(Expr),
    /// `a ? b : c` as an expression.
    Choose {
        test: Expr,
        then: Expr,
        other: Expr,
    },
    And(Expr, Expr),
    Or(Expr, Expr),
    Not(Expr),
    Compare {
        op: Comparison,
        left: Expr,
        right: Expr,
    },
    /// The text matches a pattern (`[[ $x =~ re ]]`, `case` with a glob, `re.test(x)` is a call).
    Matches {
        value: Expr,
        pattern: Expr,
        syntax: PatternSyntax,
    },
    /// Set and not empty (`[ -n "$x" ]`); with `set_only` just set (`[[ -v x ]]`, `${x+x}`).
    IsSet {
        value: Expr,
        set_only: bool,
    },
    /// An assignment used as a value.
    Assign {
        target: Expr,
        value: Expr,
    },
    /// In order, the last is the value.
    Sequence(Vec<Expr>),
    /// `import(x)`, `require(x)`, `require.resolve` is a call.
    Load {
        module: Expr,
        deferred: bool,
    },
    /// `source f`, `. f`: the file's statements run here, in this scope.
    Include {
        file: Expr,
    },
    /// `eval "…"`: text run here, in this scope.
    EvalText(Expr),
    /// Start a command. The value is its status (truthy: success).
    Run(Run),
    /// `a | b`. The value is the status of the last, under pipefail of the first that fails.
    Pipe(Vec<Expr>),
    /// `cmd &`: started, its status is not looked at.
    Detached(Expr),
    /// `( … )` and `{ …; }`: the value is the status of the last statement. When isolated, an exit
    /// inside ends only the group, and assignments stay inside.
    Group {
        body: Block,
        isolated: bool,
    },
    /// `$( … )`: the value is what the commands print.
    Capture(Block),
    /// `$?`
    LastStatus,
    /// A value that is not modelled; its parts are still evaluated, in order.
    Opaque(Vec<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `===`, `==`, `-eq`, `=`: equal.
    Equal,
    NotEqual,
    /// Equal up to case (`-eq` of PowerShell on text).
    EqualFolded,
    NotEqualFolded,
    /// `<`, `in`, `instanceof` …: not modelled, but the operands count.
    Other,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatternSyntax {
    Glob,
    Regex,
}

#[derive(Clone, Debug)]
pub struct Property {
    pub key: PropertyKey,
    pub value: Expr,
}

#[derive(Clone, Debug)]
pub enum PropertyKey {
    Named(String),
    Computed(Expr),
    /// `...value`
    Spread,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallKind {
    Plain,
    New,
    /// A tagged template: the first argument is a Concat of the parts, so that it reads as the
    /// text with holes.
    Tagged,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub callee: Expr,
    pub args: Vec<Expr>,
    pub kind: CallKind,
    /// `f?.()`: may not happen.
    pub optional: bool,
    /// The last names of type arguments (`getRepository<User>()`), where the language has them.
    pub type_args: Vec<String>,
}

/// A command with its words, as a shell would start it.
#[derive(Clone, Debug)]
pub struct Run {
    /// The words after splitting. A word that may become several (`$@`, an unquoted variable, an
    /// unquoted `$(…)`) is a [`ExprKind::Spread`].
    pub words: Vec<Expr>,
    /// `X=1 cmd`: set for this command only.
    pub env: Vec<EnvSetting>,
    pub stdin: Stdin,
}

#[derive(Clone, Debug)]
pub struct EnvSetting {
    pub name: String,
    pub value: Expr,
    pub span: Span,
}

#[derive(Clone, Debug)]
pub enum Stdin {
    Inherit,
    /// A heredoc or here-string.
    Text(Expr),
    /// `< file`
    File(Expr),
}
