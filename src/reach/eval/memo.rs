//! What is remembered of calls that did nothing, and for how long it is true.
//!
//! A call inside a recursion is cut short where it comes round again, so what it did is known only as
//! long as the function that it came round to is on its way, and afterwards only if that one did
//! nothing, either. A call that was cut because it is too deep tells nothing about the same call
//! higher up.

use rustc_hash::FxHashMap;

use crate::reach::eval::quiet::{Asked, CallKey};
use crate::reach::value::Value;
use crate::words::flow::FunctionId;

/// A call on its way.
#[derive(Debug)]
pub(super) struct Call {
    pub function: (usize, FunctionId),
    activation: usize,
    /// The lowest call on the stack that this one came round to.
    low: usize,
    /// Something in it was left out because it is too deep.
    deep: bool,
}

/// What became of a call.
#[derive(Clone, Copy, Debug)]
enum Activation {
    Running(usize),
    /// It did nothing; what was cut as too deep was cut in a call as high as this.
    Quiet {
        deepest: usize,
    },
    /// It did nothing, if this one does nothing.
    Follows {
        on: usize,
        deepest: usize,
    },
    Loud,
}

#[derive(Debug)]
struct Kept {
    value: Value,
    on: Option<usize>,
    /// True for calls at least as deep as this.
    from: usize,
}

#[derive(Debug, Default)]
pub(super) struct Memo {
    stack: Vec<Call>,
    activations: Vec<Activation>,
    kept: FxHashMap<CallKey, Kept>,
    /// What keys know only by where it is.
    held: Vec<Value>,
}

impl Memo {
    pub(super) fn depth(&self) -> usize {
        self.stack.len()
    }

    pub(super) fn times(&self, function: (usize, FunctionId)) -> usize {
        self.stack.iter().filter(|call| call.function == function).count()
    }

    /// The call that would come now comes round to an earlier one, and is not followed.
    pub(super) fn comes_round(&mut self, function: (usize, FunctionId)) {
        let first = self.stack.iter().position(|call| call.function == function);
        if let (Some(first), Some(top)) = (first, self.stack.last_mut()) {
            top.low = top.low.min(first);
        }
    }

    /// The call that would come now is too deep, and is not followed.
    pub(super) fn too_deep(&mut self) {
        if let Some(top) = self.stack.last_mut() {
            top.deep = true;
        }
    }

    pub(super) fn begin(&mut self, function: (usize, FunctionId)) {
        let activation = self.activations.len();
        self.activations.push(Activation::Running(self.stack.len()));
        self.stack.push(Call { function, activation, low: usize::MAX, deep: false });
    }

    /// Ends the innermost call; with a key and a value if it did nothing.
    pub(super) fn end(&mut self, quiet: Option<(Asked, Value)>) {
        let Some(call) = self.stack.pop() else { return };
        let depth = self.stack.len();
        let low = (call.low < depth).then_some(call.low);
        if let Some(parent) = self.stack.last_mut() {
            parent.low = parent.low.min(low.unwrap_or(usize::MAX));
            parent.deep |= call.deep;
        }
        let on = low.and_then(|at| self.stack.get(at)).map(|below| below.activation);
        let deepest = if call.deep { depth } else { 0 };
        let became = match (&quiet, on) {
            (None, _) => Activation::Loud,
            (Some(_), None) => Activation::Quiet { deepest },
            (Some(_), Some(on)) => Activation::Follows { on, deepest },
        };
        if let Some(activation) = self.activations.get_mut(call.activation) {
            *activation = became;
        }
        if let Some((Asked { key, held }, value)) = quiet {
            self.held.extend(held);
            self.kept.insert(key, Kept { value, on, from: deepest });
        }
    }

    /// What the same call gave before, if it is known to do nothing here, too.
    pub(super) fn known(&mut self, key: &CallKey) -> Option<Value> {
        let kept = self.kept.get(key)?;
        let mut from = kept.from;
        let mut next = kept.on;
        let mut low = None;
        while let Some(on) = next {
            next = match *self.activations.get(on)? {
                Activation::Running(at) => {
                    low = Some(at);
                    None
                }
                Activation::Quiet { deepest } => {
                    from = from.max(deepest);
                    None
                }
                Activation::Follows { on, deepest } => {
                    from = from.max(deepest);
                    Some(on)
                }
                Activation::Loud => return None,
            };
        }
        if from > self.stack.len() {
            return None;
        }
        if let Some(top) = self.stack.last_mut() {
            top.low = top.low.min(low.unwrap_or(usize::MAX));
            top.deep |= from > 0;
        }
        Some(kept.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTER: (usize, FunctionId) = (0, FunctionId(1));
    const INNER: (usize, FunctionId) = (0, FunctionId(2));

    fn key(name: u8) -> CallKey {
        vec![name]
    }

    fn nothing(name: u8) -> (Asked, Value) {
        (Asked { key: key(name), held: Vec::new() }, Value::undefined())
    }

    /// `outer` calls `inner`, which comes round to `outer`.
    fn recursion() -> Memo {
        let mut memo = Memo::default();
        memo.begin(OUTER);
        memo.begin(INNER);
        memo.comes_round(OUTER);
        memo.end(Some(nothing(2)));
        memo
    }

    #[test]
    fn a_call_that_did_nothing_is_known() {
        let mut memo = Memo::default();
        memo.begin(INNER);
        memo.end(Some(nothing(2)));
        assert!(memo.known(&key(2)).is_some());
        assert!(memo.known(&key(3)).is_none());
    }

    #[test]
    fn inside_a_recursion_it_is_known_as_long_as_that_is_on_its_way() {
        assert!(recursion().known(&key(2)).is_some());
    }

    #[test]
    fn when_the_recursion_did_something_nothing_in_it_is_known() {
        let mut memo = recursion();
        memo.end(None);
        assert!(memo.known(&key(2)).is_none());
    }

    #[test]
    fn when_the_recursion_did_nothing_all_in_it_is_known() {
        let mut memo = recursion();
        memo.end(Some(nothing(1)));
        assert!(memo.known(&key(1)).is_some());
        assert!(memo.known(&key(2)).is_some());
    }

    #[test]
    fn what_rests_on_a_recursion_is_passed_on_to_whoever_uses_it() {
        let mut memo = recursion();
        memo.begin((0, FunctionId(3)));
        assert!(memo.known(&key(2)).is_some());
        memo.end(Some(nothing(3)));
        memo.end(None);
        assert!(memo.known(&key(3)).is_none());
    }

    #[test]
    fn what_was_cut_as_too_deep_is_unknown_higher_up() {
        let mut memo = Memo::default();
        memo.begin(OUTER);
        memo.begin(INNER);
        memo.too_deep();
        memo.end(Some(nothing(2)));
        assert!(memo.known(&key(2)).is_some());
        memo.end(Some(nothing(1)));
        assert!(memo.known(&key(2)).is_none());
    }
}
