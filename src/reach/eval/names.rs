//! The names of one scope. Most scopes have a few, which are found fastest one by one; a module may have
//! hundreds.

use crate::reach::value::Value;
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// So many are looked at one by one.
const FEW: usize = 10;

#[derive(Debug, Default)]
pub(super) struct Names {
    held: Vec<(Rc<str>, Value)>,
    /// Where each is, once there are more than a few.
    places: FxHashMap<Rc<str>, usize>,
}

impl Names {
    fn place(&self, name: &str) -> Option<usize> {
        if self.places.is_empty() {
            return self.held.iter().position(|(held, _)| &**held == name);
        }
        self.places.get(name).copied()
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.place(name).is_some()
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.place(name).and_then(|at| self.held.get(at)).map(|(_, value)| value)
    }

    pub(super) fn get_mut(&mut self, name: &str) -> Option<&mut Value> {
        self.place(name).and_then(|at| self.held.get_mut(at)).map(|(_, value)| value)
    }

    pub(super) fn insert(&mut self, name: Rc<str>, value: Value) -> Option<Value> {
        if let Some(held) = self.get_mut(&name) {
            return Some(std::mem::replace(held, value));
        }
        self.held.push((name, value));
        if self.held.len() > FEW || !self.places.is_empty() {
            let known = self.places.len();
            let new = self.held.iter().enumerate().skip(known);
            self.places.extend(new.map(|(at, (name, _))| (Rc::clone(name), at)));
        }
        None
    }

    pub(super) fn remove(&mut self, name: &str) -> Option<Value> {
        let at = self.place(name)?;
        let (_, value) = self.held.swap_remove(at);
        if !self.places.is_empty() {
            self.places.remove(name);
            if let Some((moved, _)) = self.held.get(at) {
                self.places.insert(Rc::clone(moved), at);
            }
        }
        Some(value)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.held.iter().map(|(name, value)| (&**name, value))
    }

    pub(super) fn retain(&mut self, keep: impl Fn(&str) -> bool) {
        self.held.retain(|(name, _)| keep(name));
        self.places.clear();
        if self.held.len() > FEW {
            self.places.extend(self.held.iter().enumerate().map(|(at, (name, _))| (Rc::clone(name), at)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reach::value::Kind;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[derive(Clone, Debug)]
    enum Step {
        Insert(u8, u8),
        Remove(u8),
        Drop(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            4 => (0..30_u8, any::<u8>()).prop_map(|(name, value)| Step::Insert(name, value)),
            2 => (0..30_u8).prop_map(Step::Remove),
            1 => (0..3_u8).prop_map(Step::Drop),
        ];
        prop::collection::vec(step, 0..120)
    }

    fn number(value: &Value) -> f64 {
        match value.kind {
            Kind::Number(number) => number,
            _ => f64::NAN,
        }
    }

    proptest! {
        #[test]
        fn it_holds_what_a_map_holds(steps in steps()) {
            let mut names = Names::default();
            let mut map: BTreeMap<String, f64> = BTreeMap::new();
            for step in steps {
                match step {
                    Step::Insert(name, value) => {
                        let (name, value) = (format!("n{name}"), f64::from(value));
                        let old = names.insert(Rc::from(name.as_str()), Value::new(Kind::Number(value)));
                        prop_assert_eq!(old.as_ref().map(number), map.insert(name, value));
                    }
                    Step::Remove(name) => {
                        let name = format!("n{name}");
                        prop_assert_eq!(names.remove(&name).as_ref().map(number), map.remove(&name));
                    }
                    Step::Drop(end) => {
                        let end = end.to_string();
                        names.retain(|name| !name.ends_with(&end));
                        map.retain(|name, _| !name.ends_with(&end));
                    }
                }
                let held: BTreeMap<String, f64> =
                    names.iter().map(|(name, value)| (name.to_owned(), number(value))).collect();
                prop_assert_eq!(&held, &map);
                for name in (0..30).map(|name| format!("n{name}")) {
                    prop_assert_eq!(names.get(&name).map(number), map.get(&name).copied());
                    prop_assert_eq!(names.contains(&name), map.contains_key(&name));
                }
            }
        }
    }
}
