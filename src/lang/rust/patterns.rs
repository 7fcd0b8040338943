//! Patterns: what they ask of a value, and which names they bind.

use super::{Lowering, bind, inner, member, opaque, truth};
use crate::words::flow::{Block, Comparison, Expr, ExprKind};

impl Lowering<'_> {
    /// Whether a pattern fits. None: it always does.
    pub(super) fn fits(&mut self, pattern: &syn::Pat, value: &Expr) -> Option<Expr> {
        let span = self.of(pattern);
        let equal = |right: Expr| {
            let left = value.clone();
            Expr::new(ExprKind::Compare { op: Comparison::Equal, left, right }, span)
        };
        match pattern {
            syn::Pat::Wild(_) => None,
            syn::Pat::Ident(ident) if ident.ident == "None" => {
                let there = inner("is_some", vec![value.clone()], span);
                Some(Expr::new(ExprKind::Not(there), span))
            }
            syn::Pat::Ident(ident) => {
                let text = ident.ident.to_string();
                if text.chars().all(|c| c.is_ascii_uppercase() || c == '_' || c.is_ascii_digit()) {
                    return Some(equal(self.named_path(&[text], span)));
                }
                ident.subpat.as_ref().and_then(|(_, sub)| self.fits(sub, value))
            }
            syn::Pat::Reference(reference) => self.fits(&reference.pat, value),
            syn::Pat::Paren(paren) => self.fits(&paren.pat, value),
            syn::Pat::Type(typed) => self.fits(&typed.pat, value),
            syn::Pat::Lit(literal) => Some(equal(Self::literal(&literal.lit, span))),
            syn::Pat::Path(path) => Some(equal(self.path(&path.path, span))),
            syn::Pat::Or(or) => {
                let mut out: Option<Expr> = None;
                for case in &or.cases {
                    let next = self.fits(case, value)?;
                    out = Some(match out {
                        Some(before) => Expr::new(ExprKind::Or(before, next), span),
                        None => next,
                    });
                }
                out
            }
            syn::Pat::TupleStruct(of) => {
                let what = match of.path.segments.last().map(|s| s.ident.to_string()).as_deref() {
                    Some("Ok") => "is_ok",
                    Some("Err") => "is_err",
                    Some("Some") => "is_some",
                    _ => return Some(opaque(vec![value.clone()], span)),
                };
                let there = inner(what, vec![value.clone()], span);
                let held =
                    if what == "is_err" { value.clone() } else { inner("ok", vec![value.clone()], span) };
                let deeper = match of.elems.first() {
                    Some(sub) if what != "is_err" => self.deeper(span, |l| l.fits(sub, &held)).flatten(),
                    _ => None,
                };
                Some(match deeper {
                    Some(deeper) => Expr::new(ExprKind::And(there, deeper), span),
                    None => there,
                })
            }
            syn::Pat::Tuple(tuple) => {
                let mut out: Option<Expr> = None;
                for (at, sub) in tuple.elems.iter().enumerate() {
                    let part = Self::part(value, at);
                    let Some(next) = self.deeper(span, |l| l.fits(sub, &part)).flatten() else { continue };
                    out = Some(match out {
                        Some(before) => Expr::new(ExprKind::And(before, next), span),
                        None => next,
                    });
                }
                out
            }
            _ => Some(opaque(vec![value.clone()], span)),
        }
    }

    fn part(value: &Expr, at: usize) -> Expr {
        let at = f64::from(u32::try_from(at).unwrap_or(u32::MAX));
        let key = Expr::new(ExprKind::Number(at), value.span);
        Expr::new(ExprKind::Index { of: value.clone(), key }, value.span)
    }

    /// Binds the names of a pattern.
    pub(super) fn bind_pattern(&mut self, pattern: &syn::Pat, value: &Expr, out: &mut Block) {
        let span = self.of(pattern);
        match pattern {
            syn::Pat::Ident(ident) => {
                let own = ident.ident.to_string();
                if own == "None" || own.chars().all(|c| c.is_ascii_uppercase() || c == '_') {
                    return;
                }
                self.names.local(&own);
                out.push(bind(&own, Some(value.clone()), span));
            }
            syn::Pat::Reference(reference) => self.bind_pattern(&reference.pat, value, out),
            syn::Pat::Paren(paren) => self.bind_pattern(&paren.pat, value, out),
            syn::Pat::Type(typed) => self.bind_pattern(&typed.pat, value, out),
            syn::Pat::Tuple(tuple) => {
                for (at, sub) in tuple.elems.iter().enumerate() {
                    let part = Self::part(value, at);
                    let _ = self.deeper(span, |l| l.bind_pattern(sub, &part, out));
                }
            }
            syn::Pat::TupleStruct(of) => {
                let last = of.path.segments.last().map(|s| s.ident.to_string());
                let held = match last.as_deref() {
                    Some("Ok" | "Some") => inner("ok", vec![value.clone()], span),
                    _ => opaque(vec![value.clone()], span),
                };
                for sub in &of.elems {
                    let _ = self.deeper(span, |l| l.bind_pattern(sub, &held, out));
                }
            }
            syn::Pat::Struct(of) => {
                for field in &of.fields {
                    let named = match &field.member {
                        syn::Member::Named(ident) => ident.to_string(),
                        syn::Member::Unnamed(index) => index.index.to_string(),
                    };
                    let part = member(value.clone(), named, span);
                    let _ = self.deeper(span, |l| l.bind_pattern(&field.pat, &part, out));
                }
            }
            syn::Pat::Or(or) => {
                for case in &or.cases {
                    let _ = self.deeper(span, |l| l.bind_pattern(case, value, out));
                }
            }
            _ => {}
        }
    }

    pub(super) fn always(test: Option<Expr>, span: crate::words::span::Span) -> Expr {
        test.unwrap_or_else(|| truth(true, span))
    }
}
