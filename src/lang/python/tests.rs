//! Python to flow, shown by what must stand in it.

use crate::lang::Input;
use crate::words::flow::{Catches, ExprKind, Node, NodeKind, Unit};
use crate::words::span::OffsetMap;

fn lower(text: &str) -> Unit {
    super::lower(Input { path: "x.py", text, map: &OffsetMap::identity() })
}

fn shown(text: &str) -> String {
    let unit = lower(text);
    assert!(unit.problems.is_empty(), "{:?}", unit.problems);
    format!("{:?} {:?}", unit.body, unit.functions)
}

fn first(unit: &Unit) -> &Node {
    unit.body.first().expect("a statement")
}

#[test]
fn imports_stay_where_they_are_and_carry_the_dialect() {
    let unit = lower("check()\nimport os.path\nfrom ..a import b as c\n");
    let modules: Vec<&str> = unit
        .body
        .iter()
        .filter_map(|node| match &node.kind {
            NodeKind::Import { module, .. } => Some(module.as_str()),
            _ => None,
        })
        .collect();
    assert_eq!(modules, ["python:os", "python:os.path", "python:..a"]);
    assert!(matches!(first(&unit).kind, NodeKind::Eval(_)));
}

#[test]
fn a_handler_catches_what_its_clause_names() {
    let catches = |clause: &str| {
        let unit = lower(&format!("try:\n    f()\n{clause}:\n    pass\n"));
        match &first(&unit).kind {
            NodeKind::Try { handler: Some(handler), .. } => Some(handler.catches),
            _ => None,
        }
    };
    assert_eq!(catches("except"), Some(Catches::All));
    assert_eq!(catches("except BaseException"), Some(Catches::All));
    assert_eq!(catches("except SystemExit as e"), Some(Catches::Exits));
    assert_eq!(catches("except Exception"), Some(Catches::Errors));
    assert_eq!(catches("except (KeyError, SystemExit)"), Some(Catches::Exits));
    // A lookup that fails hides neither a check nor a change.
    assert_eq!(catches("except KeyError"), None);
}

#[test]
fn raising_system_exit_is_an_exit() {
    assert!(matches!(first(&lower("raise SystemExit(3)")).kind, NodeKind::Exit(Some(_))));
    assert!(matches!(first(&lower("raise ValueError(3)")).kind, NodeKind::Throw(_)));
}

#[test]
fn texts_of_every_kind_keep_their_parts() {
    for text in
        ["f'a {b} c'", "'a %s c' % b", "'a {} c'.format(b)", "'a ' + b + ' c'", "'a {x} c'.format(x=b)"]
    {
        let unit = lower(text);
        let NodeKind::Eval(value) = &first(&unit).kind else { panic!("{text}") };
        let ExprKind::Concat(parts) = &*value.kind else { panic!("{text}: {value:?}") };
        let known: String = parts
            .iter()
            .map(|part| match &*part.kind {
                ExprKind::Text(text) => text.as_str(),
                ExprKind::Name(name) => name.as_str(),
                _ => "?",
            })
            .collect();
        assert_eq!(known, "a b c", "{text}");
    }
}

#[test]
fn every_construct_is_lowered_without_a_problem() {
    let text = "
import a.b as c, d
from x import *
@deco(1)
async def f(p, /, q: Session | None = None, *args, r=1, **rest):
    global G
    async with p as (s, t), q:
        async for i, *j in s:
            G = await t
            yield i
    return
class C(Base, metaclass=M):
    x: int = 1
    __tablename__ = 'c'
    class Meta:
        db_table = 'd'
    @property
    def y(self): return self.x
    @classmethod
    def z(cls, *, k): return cls()
try:
    pass
except* ValueError as e:
    raise
else:
    del e
finally:
    assert e, 'm'
while (n := f()) and not n:
    break
else:
    n |= {1: 2, **n}
for k in range(3):
    continue
match n:
    case {'a': [1, *_], **r} | C(x=1) if r:
        pass
    case _:
        n[1:2], n.x = (lambda *a, b=1: a)(), f'{n!r:>{k}}'
l = [i for j in k if j for i in j] + [*k]
s = {i for i in l} | {i: j for i, j in l.items()}
t = a.b.c if __name__ == '__main__' else 1 in (1, 2) < 3
type X[T] = list[T]
print(*l, **s, sep='')
";
    let unit = lower(text);
    assert!(unit.problems.is_empty(), "{:?}", unit.problems);
    assert!(!shape(text).is_empty());
}

#[test]
fn a_mistake_is_told_and_hides_nothing() {
    let unit = lower("def f(:\n    pass\nconn.execute('DELETE FROM a')\n");
    assert!(!unit.problems.is_empty());
    assert!(format!("{:?}", unit.body).contains("DELETE FROM a"));
}

#[test]
fn spans_are_those_of_the_text() {
    let text = "x = 'ä'\nconn.execute('DELETE')\n";
    let unit = lower(text);
    let at = unit.body[1].span;
    assert_eq!(&text[at.start as usize..at.end as usize], "conn.execute('DELETE')");
}

fn shape(text: &str) -> Vec<u8> {
    super::shape(Input { path: "a.py", text, map: &OffsetMap::identity() })
}

#[test]
fn comments_and_blank_lines_do_not_change_the_shape() {
    let one = shape("if x:\n    f(1)\n");
    assert_eq!(one, shape("# why\n\nif x:  # here\n        f(1)\n\n"));
    assert_ne!(one, shape("if x:\n    f(2)\n"));
    assert_ne!(one, shape("if x:\n    pass\nf(1)\n"));
}

#[test]
fn what_nests_without_end_is_refused() {
    let deep = 200_000;
    for text in [
        "(".repeat(deep),
        "[".repeat(deep) + &"]".repeat(deep),
        "x = ".to_owned() + &"not ".repeat(deep) + "x",
        "x".to_owned() + &".y".repeat(deep),
        "x".to_owned() + &"()".repeat(deep),
        "f'{".repeat(deep),
        "x = ".to_owned() + &"lambda: ".repeat(deep) + "1",
        "x = 1 if 2 else ".repeat(deep),
        "a = b".to_owned() + &" + b".repeat(deep),
        "a = ".repeat(deep) + "1",
        "-".repeat(deep),
        "x = {1: ".repeat(deep),
    ] {
        let unit = lower(&text);
        assert!(!unit.problems.is_empty(), "{}", &text[..20]);
    }
    let mut blocks = String::new();
    for level in 0..400 {
        blocks.push_str(&" ".repeat(level));
        blocks.push_str("if x:\n");
    }
    assert!(!lower(&blocks).problems.is_empty());
    let mut chain = String::from("if x:\n    pass\n");
    chain.push_str(&"elif y:\n    pass\n".repeat(5_000));
    assert!(lower(&chain).problems.is_empty());
}

#[test]
fn methods_call_their_object_this() {
    let shown =
        shown("class A:\n    def m(me, x):\n        me.y = x\n        def n(me):\n            return me\n");
    assert!(shown.contains("Name(\"this\")") && shown.contains("Name(\"me\")"), "{shown}");
}
