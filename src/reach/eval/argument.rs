//! Arguments by the paths of the knowledge (`0.where`), and what several objects hold together.

use crate::knowledge;
use crate::knowledge::types::Role;
use crate::reach::eval::Walker;
use crate::reach::value::{Kind, Sources, Taint, Value};
use crate::words::span::{FileId, Place};
use std::rc::Rc;

impl Walker<'_> {
    /// `Object.assign(first, …)`.
    pub(super) fn merged(&mut self, args: &[Value], at: Place) -> Value {
        let mut taint = Taint::default();
        let mut entries = std::collections::BTreeMap::new();
        let mut open = false;
        for (index, arg) in args.iter().enumerate() {
            taint = taint.and(&arg.taint);
            match &arg.kind {
                Kind::Object(object) => {
                    entries.extend(object.entries.clone());
                    open |= object.open || object.class.is_some();
                }
                Kind::Undefined | Kind::Null => {}
                Kind::Api(path)
                    if index == 0
                        && knowledge::libraries().api(path).and_then(|a| a.role)
                            == Some(Role::Environment) =>
                {
                    for more in &args[1..] {
                        if let Kind::Object(object) = &more.kind {
                            for (name, value) in &object.entries {
                                self.set_environment(name, value.clone(), at);
                            }
                        }
                    }
                    return arg.clone();
                }
                Kind::Api(path) if index == 0 => {
                    let path = Rc::clone(path);
                    for more in &args[1..] {
                        if let Kind::Object(object) = &more.kind {
                            for (name, value) in &object.entries {
                                self.set_api(&path, name, value.clone(), at);
                            }
                        }
                    }
                    return arg.clone();
                }
                // Something else is filled: what it is stays, and what it holds is not known.
                _ if index == 0 => return arg.clone(),
                _ => open = true,
            }
        }
        Value::object(entries, open).with(&taint)
    }

    pub(super) fn file_argument(&self, value: &Value) -> Option<FileId> {
        let text = value.to_text();
        let known = text.as_known()?;
        let from_here = known.strip_prefix('/');
        let here = self.directory.as_deref().unwrap_or(".");
        let tries = match from_here {
            // Paths made of `__dirname` are written from the root.
            Some(rest) if self.is_placed_elsewhere() => suffixes(rest),
            Some(rest) => vec![rest.to_owned()],
            None => vec![crate::reach::resolve::join(here, known), known.to_owned()],
        };
        tries.iter().filter_map(|t| crate::reach::resolve::normal(t)).find_map(|path| {
            self.context
                .sources
                .find(&path)
                .or_else(|| self.context.resolver.file(self.context.sources, &path))
        })
    }

    /// The file of the repository that a path value names.
    /// What a schedule or a platform starts stands where the repository was put on that machine.
    fn is_placed_elsewhere(&self) -> bool {
        matches!(self.context.sources.file(self.main_file).kind, crate::lang::Kind::Platform(_))
    }
}

pub(super) fn arguments() -> Taint {
    Taint::of(Sources { arguments: true, ..Sources::default() })
}

/// `0`, `0.connectionString`: an argument, and keys into it.
///
/// `=name` is the argument of that name, and `0|=name` the first of both that is there.
pub(super) fn argument(args: &[Value], path: &str) -> Option<Value> {
    if path.contains('|') {
        return path.split('|').find_map(|one| argument(args, one));
    }
    let mut parts = path.split('.');
    let first = parts.next()?;
    let mut value = match first.strip_prefix('=') {
        Some(name) => super::named::named_object(args)?.entries.get(name)?.clone(),
        None => args.get(first.parse::<usize>().ok()?)?.clone(),
    };
    for key in parts {
        value = match &value.kind {
            Kind::Object(object) => match object.entries.get(key) {
                Some(found) => found.clone(),
                None if object.open => Value::unknown(key),
                None => return None,
            },
            Kind::Unknown(_) => Value::tainted(key, value.taint.clone()),
            _ => return None,
        };
    }
    (!matches!(value.kind, Kind::Undefined)).then_some(value)
}

/// `srv/shop/scripts/x.js`, `shop/scripts/x.js`, `scripts/x.js`: a name alone says too little.
fn suffixes(path: &str) -> Vec<String> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    starts.filter_map(|at| path.get(at..)).filter(|rest| rest.contains('/')).map(str::to_owned).collect()
}
