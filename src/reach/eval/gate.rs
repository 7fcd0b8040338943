//! The guard's own commands, met on the way.

use crate::knowledge::command::Gate;
use crate::reach::eval::Walker;
use crate::reach::eval::flow::Flow;
use crate::reach::event::{EventKind, How, World, Wrapped};
use crate::reach::value::{Kind, Taint, Value};
use crate::words::span::Place;
use crate::words::text::Text;

impl Walker<'_> {
    pub(super) fn gate(
        &mut self,
        gate: &Gate,
        words: &[Text],
        env: &[(String, Text, Place)],
        stdin: Option<Value>,
        at: Place,
    ) -> (Value, Flow) {
        let failed = |walker: &Self| Value { kind: Kind::Bool(false), taint: walker.stop_taint() };
        match gate {
            Gate::Proof { .. } if matches!(self.world, World::NoCi | World::NoProof) => {
                self.guard_stop(at);
                (failed(self), Flow::normal())
            }
            Gate::Fingerprint { .. } if self.world == World::WrongDatabase => {
                self.note(EventKind::Fingerprint { url: Taint::default(), named: Vec::new() }, at);
                self.guard_stop(at);
                (failed(self), Flow::normal())
            }
            Gate::Wraps { from, env: environment, run } => {
                let rest: Vec<Text> = words.get(*from..).unwrap_or_default().to_vec();
                let wrapped = Wrapped { environment: environment.clone(), run: *run };
                self.wrapped.push(wrapped);
                let first = self.events.len();
                let _ = self.run_words(&rest, env, stdin, at, false);
                self.wrapped.pop();
                // What the wrapper starts directly is started under its checks.
                let held = Wrapped { environment: environment.clone(), run: *run };
                for event in &mut self.events[first..] {
                    if let EventKind::Reach { how: How::Started { wrapped }, .. } = &mut event.kind
                        && wrapped.is_none()
                    {
                        *wrapped = Some(held.clone());
                    }
                }
                (Value::unknown("status"), Flow::normal())
            }
            _ => (Value::unknown("status"), Flow::normal()),
        }
    }
}
