//! Where a path of the image comes from in the repository.

use crate::words::flow::{Block, Expr, ExprKind, NodeKind};

#[derive(Clone, Debug, Default)]
pub(super) struct Paths {
    directory: String,
    /// Absolute destination, source in the repository, and whether the destination is a folder.
    copies: Vec<Copy>,
}

#[derive(Clone, Debug)]
struct Copy {
    to: String,
    from: String,
    into_folder: bool,
}

/// Without `.` and `..`, without a slash at either end.
fn clean(path: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out.join("/")
}

/// A name that reads as a file's.
fn is_file(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.trim_start_matches('.').contains('.')
}

impl Paths {
    pub(super) fn enter(&mut self, path: &str) {
        self.directory = self.absolute(path.trim_matches(['"', '\'']));
    }

    fn absolute(&self, path: &str) -> String {
        if path.starts_with('/') { clean(path) } else { clean(&format!("{}/{path}", self.directory)) }
    }

    pub(super) fn copied(&mut self, sources: &[String], to: &str) {
        let into_folder = to.ends_with('/') || to.ends_with('.') || sources.len() > 1;
        let to = self.absolute(to);
        for source in sources {
            self.copies.push(Copy { to: to.clone(), from: clean(source), into_folder });
        }
    }

    /// The path in the repository; None where nothing was copied there.
    pub(super) fn source(&self, path: &str) -> Option<String> {
        let path = self.absolute(path);
        let exact = self.copies.iter().rev().find(|copy| {
            (!copy.into_folder && copy.to == path)
                || (is_file(&copy.from)
                    && path == clean(&format!("{}/{}", copy.to, copy.from.rsplit('/').next().unwrap_or(""))))
        });
        if let Some(copy) = exact {
            return Some(copy.from.clone());
        }
        let mut best: Option<(&Copy, &str)> = None;
        for copy in self.copies.iter().rev().filter(|copy| !is_file(&copy.from) && !copy.from.contains('*')) {
            let rest = if copy.to.is_empty() {
                Some(path.as_str())
            } else {
                path.strip_prefix(copy.to.as_str()).and_then(|rest| rest.strip_prefix('/'))
            };
            if let Some(rest) = rest
                && best.is_none_or(|(other, _)| other.to.len() < copy.to.len())
            {
                best = Some((copy, rest));
            }
        }
        best.map(|(copy, rest)| clean(&format!("{}/{rest}", copy.from)))
    }

    /// The word as a path of the repository, where it is a path of the image.
    fn word(&self, word: &str) -> Option<String> {
        let path_like = word.contains('/') || is_file(word);
        if !path_like || word.contains("://") || word.starts_with('-') || word.contains(char::is_whitespace) {
            return None;
        }
        let found = match self.source(word) {
            Some(found) => found,
            None if word.starts_with('/') && !self.directory.is_empty() => {
                let path = clean(word);
                path.strip_prefix(self.directory.as_str())?.strip_prefix('/')?.to_owned()
            }
            None => return None,
        };
        // A file of the repository's root still has to read as a path where it is a command.
        let found = if found.contains('/') || !word.contains('/') { found } else { format!("./{found}") };
        (!found.is_empty() && clean(&found) != clean(word) || word.starts_with('/')).then_some(found)
    }

    pub(super) fn rewrite(&self, block: &mut Block) {
        if self.copies.is_empty() && self.directory.is_empty() {
            return;
        }
        for node in block {
            match &mut node.kind {
                NodeKind::Command(expr) => self.expr(expr),
                NodeKind::Branch { then, other, .. } => {
                    self.rewrite(then);
                    self.rewrite(other);
                }
                NodeKind::Loop { body, .. } => self.rewrite(body),
                _ => {}
            }
        }
    }

    fn expr(&self, expr: &mut Expr) {
        match expr.kind.as_mut() {
            ExprKind::Run(run) => {
                for word in &mut run.words {
                    self.text(word);
                }
                if let crate::words::flow::Stdin::File(file) = &mut run.stdin {
                    self.text(file);
                }
            }
            ExprKind::Include { file } => self.text(file),
            ExprKind::And(left, right) | ExprKind::Or(left, right) => {
                self.expr(left);
                self.expr(right);
            }
            ExprKind::Not(inner) | ExprKind::Detached(inner) => self.expr(inner),
            ExprKind::Pipe(parts) | ExprKind::Sequence(parts) => {
                for part in parts {
                    self.expr(part);
                }
            }
            ExprKind::Group { body, .. } => self.rewrite(body),
            _ => {}
        }
    }

    fn text(&self, expr: &mut Expr) {
        if let ExprKind::Text(text) = expr.kind.as_mut()
            && let Some(path) = self.word(text)
        {
            *text = path;
        }
    }
}
