//! What the lowering of a program gathers besides its body, in every language that is lowered from a syntax
//! tree: functions, classes, problems, names of its own, and how deep it stands.

use crate::words::flow::{Class, ClassId, Function, FunctionId, Problem};
use crate::words::span::Span;

/// How deep the lowered tree may get. Everything that walks it later does so by recursion.
const MAX_DEPTH: u32 = 300;

#[derive(Default)]
pub(super) struct Gathered {
    pub(super) functions: Vec<Function>,
    pub(super) classes: Vec<Class>,
    pub(super) problems: Vec<Problem>,
    fresh: u32,
    depth: u32,
}

impl Gathered {
    /// A name that no program can write.
    pub(super) fn fresh(&mut self) -> String {
        self.fresh += 1;
        format!("%{}", self.fresh)
    }

    /// Goes one level down, or says once that the text goes too deep. What gives true needs a `leave`.
    pub(super) fn enter(&mut self, span: Span) -> bool {
        let room = self.depth < MAX_DEPTH;
        if room {
            self.depth += 1;
        } else {
            self.once(span, "nested too deeply to be checked");
        }
        room
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// A problem that is said of a text once at most.
    pub(super) fn once(&mut self, span: Span, what: &str) {
        if !self.problems.iter().any(|problem| problem.what == what) {
            self.problems.push(Problem { span, what: what.to_owned() });
        }
    }

    pub(super) fn function(&mut self, function: Function) -> FunctionId {
        let id = u32::try_from(self.functions.len()).unwrap_or(u32::MAX);
        self.functions.push(function);
        FunctionId(id)
    }

    pub(super) fn class(&mut self, class: Class) -> ClassId {
        let id = u32::try_from(self.classes.len()).unwrap_or(u32::MAX);
        self.classes.push(class);
        ClassId(id)
    }
}
