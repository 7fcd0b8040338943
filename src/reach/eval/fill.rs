//! `text.format(a, b, name=c)`: the text with its holes filled, where it is known.

use crate::reach::eval::named::named_object;
use crate::reach::value::{Kind, Value};
use crate::words::text::Text;
use std::rc::Rc;

/// Fills `{}`, `{0}` and `{name}`. What is not given stays a hole; doubled braces are plain ones.
pub(super) fn fill(text: &str, args: &[Value]) -> Value {
    let named = named_object(args);
    let mut out = Text::default();
    let mut next = 0;
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, after) = rest.split_at(at);
        out.push_known(before);
        if after.starts_with("{{") || after.starts_with("}}") {
            out.push_known(&after[..1]);
            rest = &after[2..];
            continue;
        }
        let Some((field, behind)) = after.strip_prefix('{').and_then(|after| after.split_once('}')) else {
            out.push_known(&after[..1]);
            rest = &after[1..];
            continue;
        };
        let root = field.split(['.', '[', ':', '!']).next().unwrap_or_default();
        let value = if root.is_empty() {
            next += 1;
            args.get(next - 1)
        } else if let Ok(place) = root.parse::<usize>() {
            args.get(place)
        } else {
            named.as_ref().and_then(|named| named.entries.get(root))
        };
        match value {
            Some(value) => out.push(&value.to_text()),
            None => out.push(&Text::hole(root)),
        }
        rest = behind;
    }
    out.push_known(rest);
    let taint = args.iter().fold(crate::reach::value::Taint::default(), |t, a| t.and(&a.taint));
    Value { kind: Kind::Text(Rc::new(out)), taint }
}
