//! Pipes, and what a command prints as far as that is known.

use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::eval::text::names_self;
use crate::reach::event::{ExcuseKind, Mask};
use crate::reach::value::{Kind, ScopeId, Sources, Taint, Value};
use crate::words::flow::{Block, Expr, ExprKind, NodeKind, Stdin};
use crate::words::span::Span;
use crate::words::text::Text;
use std::rc::Rc;

impl Walker<'_> {
    pub(super) fn pipe(&mut self, unit: usize, scope: ScopeId, stages: &[Expr], span: Span) -> (Value, Flow) {
        let at = self.place(unit, span);
        let flow = Flow::normal();
        let mut last = Value::unknown("status");
        let mut failed: Option<Value> = None;
        let before = self.piped.take();
        for (index, stage) in stages.iter().enumerate() {
            let is_last = index + 1 == stages.len();
            let hidden = !is_last && !self.pipefail;
            if hidden {
                self.masks.push(Some(Mask { at, silent: true, shell: true }));
            }
            let mark = self.mark();
            // What a stage answers depends on what it is given.
            let given = self.piped.as_ref().filter(|_| index > 0).map(|value| value.taint.clone());
            let (value, next) = self.expr(unit, scope, stage);
            let value = match (&value.kind, given) {
                (Kind::Unknown(_), Some(taint)) => value.with(&taint),
                _ => value,
            };
            // Each stage is a process of its own: an exit ends only that.
            let stopped = self.stops_here(&value, &next);
            if !is_last {
                self.undo(mark);
            }
            if hidden {
                self.masks.pop();
            }
            if stopped && hidden {
                let guard = self.last_guard_stop();
                self.excuse(ExcuseKind::Masked, at, Taint::default(), guard);
            } else if stopped {
                failed = Some(Value { kind: Kind::Bool(false), taint: self.stop_taint() });
            }
            self.piped = Some(self.output_of(unit, scope, stage, &value));
            last = value;
        }
        self.piped = before;
        (failed.unwrap_or(last), flow)
    }

    /// What a stage prints, when that is plain from its words.
    pub(super) fn output_of(&mut self, unit: usize, scope: ScopeId, stage: &Expr, value: &Value) -> Value {
        let ExprKind::Run(run) = &*stage.kind else { return Value::tainted("input", value.taint.clone()) };
        let mut words = Vec::new();
        let mut taint = value.taint.clone();
        for word in &run.words {
            let inner = match &*word.kind {
                ExprKind::Spread(inner) => inner,
                _ => word,
            };
            let (value, _) = self.expr(unit, scope, inner);
            taint = taint.and(&value.taint);
            words.push(value);
        }
        let name = words.first().and_then(Value::known_text).unwrap_or_default().to_owned();
        match name.as_str() {
            "echo" | "printf" => {
                let mut text = Text::default();
                for (index, word) in words.iter().skip(1).enumerate() {
                    let piece = word.to_text();
                    if index == 0
                        && piece
                            .as_known()
                            .is_some_and(|p| p.starts_with('-') || name == "printf" && p.starts_with("%s"))
                    {
                        continue;
                    }
                    if !text.pieces().is_empty() {
                        text.push_known(" ");
                    }
                    text.push(&piece);
                }
                Value { kind: Kind::Text(Rc::new(text)), taint }
            }
            "cat" if words.len() == 2 => self
                .file_argument(&words[1])
                .map_or_else(|| Value::tainted("input", taint.clone()), |f| Value::new(Kind::FileText(f))),
            "cat" if words.len() == 1 => match &run.stdin {
                Stdin::Text(text) => self.expr(unit, scope, text).0,
                _ => Value::tainted("input", taint),
            },
            // Dumps and archives: data, which is read as such.
            _ => Value::tainted("input", taint),
        }
    }

    /// A folder of the repository as an absolute path.
    fn absolute(&self, folder: &Value) -> Option<Value> {
        let text = folder.to_text();
        let known = text.as_known()?;
        let path = if let Some(from_root) = known.strip_prefix('/') {
            crate::reach::resolve::normal(from_root)?
        } else {
            let here = self.directory.as_deref()?;
            crate::reach::resolve::normal(&crate::reach::resolve::join(here, known))?
        };
        Some(Value::text(if path == "." { "/".to_owned() } else { format!("/{path}") }))
    }

    /// The text that `$(echo …)` or `$(cat file)` gives.
    pub(super) fn echoed(&mut self, unit: usize, scope: ScopeId, body: &Block) -> Option<Value> {
        if let Some(folder) = folder_of(body) {
            let (value, _) = self.expr(unit, scope, folder);
            return self.absolute(&value);
        }
        let [node] = body.as_slice() else { return None };
        let NodeKind::Command(expr) = &node.kind else { return None };
        let ExprKind::Run(run) = &*expr.kind else { return None };
        let name = run
            .words
            .first()
            .map(|w| self.plain(w, scope))
            .and_then(|v| v.known_text().map(str::to_owned))?;
        match name.as_str() {
            "cat" => {
                let status = self.status.clone();
                Some(self.output_of(unit, scope, expr, &status))
            }
            "echo" | "printf" => {
                let status = Value::undefined();
                let value = self.output_of(unit, scope, expr, &status);
                value.known_text().is_some().then_some(value)
            }
            "dirname" => {
                // `$(dirname "$0")`: the folder of this file.
                let folder = self.context.sources.file(self.file_of(unit)).folder().to_owned();
                let of_self = run.words.get(1).is_some_and(names_self);
                of_self
                    .then(|| Value::text(format!("/{}", if folder == "." { String::new() } else { folder })))
            }
            // Nothing feeds it: a person does.
            "read" if matches!(run.stdin, Stdin::Inherit) && self.piped.is_none() => {
                let asked = Sources { prompt: true, ..Sources::default() };
                Some(Value::tainted("answer", Taint::of(asked)))
            }
            "pwd" => self
                .directory
                .clone()
                .map(|d| Value::text(format!("/{}", if d == "." { String::new() } else { d }))),
            "git" => {
                let second = run
                    .words
                    .get(1)
                    .map(|w| self.plain(w, scope))
                    .and_then(|v| v.known_text().map(str::to_owned));
                (second.as_deref() == Some("rev-parse")).then(|| Value::text("/"))
            }
            _ => None,
        }
        .or(None)
    }
}

/// `cd DIR && pwd`, `cd DIR; pwd -P`: the folder, in words that hold wherever one is.
fn folder_of(body: &Block) -> Option<&Expr> {
    let (first, second) = match body.as_slice() {
        [node] => match &node.kind {
            NodeKind::Command(expr) => match &*expr.kind {
                ExprKind::And(first, second) => (first, second),
                _ => return None,
            },
            _ => return None,
        },
        [first, second] => match (&first.kind, &second.kind) {
            (NodeKind::Command(first), NodeKind::Command(second)) => (first, second),
            _ => return None,
        },
        _ => return None,
    };
    let (ExprKind::Run(to), ExprKind::Run(print)) = (&*first.kind, &*second.kind) else { return None };
    let is = |word: Option<&Expr>, name: &str| matches!(word.map(|w| &*w.kind), Some(ExprKind::Text(t)) if t == name);
    if !is(to.words.first(), "cd") || !is(print.words.first(), "pwd") {
        return None;
    }
    let mut rest = to.words.iter().skip(1).filter(
        |word| !matches!(&*word.kind, ExprKind::Text(text) if matches!(text.as_str(), "--" | "-P" | "-L")),
    );
    let folder = rest.next()?;
    rest.next().is_none().then_some(folder)
}
