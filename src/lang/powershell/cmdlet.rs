//! Cmdlets that are part of the language: they change the scope, the environment, or the flow.

use super::command::Command;
use super::cursor::{Parser, call, name, node, opaque};
use super::names;
use crate::words::flow::{Block, Expr, ExprKind, NodeKind, Scope};
use crate::words::span::Span;

impl Parser<'_> {
    /// A command that is a statement of its own.
    pub(super) fn command_statement(&mut self, command: Command, out: &mut Block) {
        let span = command.span;
        let silent = command.silent;
        match command.called().as_str() {
            "write-error" if command.stops => {
                let parts = command.args.into_iter().map(|arg| arg.value).collect();
                return out.push(node(NodeKind::Throw(opaque(parts, span)), span));
            }
            "write-error" if !self.stops => {
                let run = self.run(command);
                let says = node(NodeKind::Command(run), span);
                return self.push_silenced(says, silent, out);
            }
            "set-item" | "new-item" | "set-content" => {
                if let Some(exported) = exported(&command) {
                    return out.push(node(exported, span));
                }
                let held = command.value(&["path", "literalpath"], Some(0));
                let value = command.value(&["value"], Some(1));
                let function = held.as_ref().and_then(|path| on_drive(path, "function:"));
                if let (Some(function), Some(value)) = (function, value) {
                    let kind = NodeKind::Define { name: function.to_lowercase(), value };
                    return out.push(node(kind, span));
                }
            }
            "set-variable" | "new-variable" => {
                let held = command.value(&["name"], Some(0));
                let value = command.value(&["value"], Some(1));
                if let (Some(ExprKind::Text(held)), Some(value)) = (held.map(|e| *e.kind), value) {
                    let target = name(&format!("${}", held.to_lowercase()), span);
                    return self.assign_here(&target, value, span, out);
                }
            }
            "set-alias" | "new-alias" => {
                let alias = command.value(&["name"], Some(0));
                let meant = command.value(&["value"], Some(1));
                if let (Some(ExprKind::Text(alias)), Some(ExprKind::Text(meant))) =
                    (alias.map(|e| *e.kind), meant.map(|e| *e.kind))
                {
                    let value = name(&names::canonical(&meant), span);
                    return out.push(node(NodeKind::Define { name: alias.to_lowercase(), value }, span));
                }
            }
            _ => {}
        }
        let value = self.command_expr(command);
        let says = matches!(&*value.kind, ExprKind::Run(run) if names::only_says(run));
        let kind = if says { NodeKind::Command(value) } else { NodeKind::Eval(value) };
        self.push_silenced(node(kind, span), silent, out);
    }

    pub(super) fn assign_here(&mut self, target: &Expr, value: Expr, span: Span, out: &mut Block) {
        self.assign(target, value, Scope::Function, span, out);
    }

    /// A command as a value, whether or not its failures are hidden.
    pub(super) fn command_expr(&mut self, command: Command) -> Expr {
        let span = command.span;
        let words =
            |command: Command| -> Vec<Expr> { command.args.into_iter().map(|arg| arg.value).collect() };
        if command.dotted {
            return match &*command.name.kind {
                ExprKind::Function(_) => call(command.name, Vec::new(), span),
                ExprKind::Text(held) if !held.contains(['/', '.']) => self.run(command),
                _ => Expr::new(ExprKind::Include { file: command.name }, span),
            };
        }
        if let ExprKind::EvalText(_) = &*command.name.kind {
            // `& ([scriptblock]::Create($text))`
            return command.name;
        }
        match command.called().as_str() {
            "set-item" | "new-item" | "set-content" if let Some(exported) = exported(&command) => {
                Expr::new(ExprKind::Group { body: vec![node(exported, span)], isolated: false }, span)
            }
            "invoke-expression" => match command.value(&["command"], Some(0)) {
                Some(text) => Expr::new(ExprKind::EvalText(text), span),
                None => opaque(words(command), span),
            },
            "import-module" => match command.value(&["name"], Some(0)) {
                Some(file) if is_file(&file) => {
                    Expr::new(ExprKind::Include { file: module_file(file) }, span)
                }
                _ => self.run(command),
            },
            "start-job" | "start-threadjob" => {
                let block = command.block();
                let file = command.value(&["filepath"], None);
                let inner = match (block, file) {
                    (Some(block), _) => call(block, Vec::new(), span),
                    (None, Some(file)) => self.run_words(vec![file], span),
                    _ => opaque(words(command), span),
                };
                Expr::new(ExprKind::Detached(inner), span)
            }
            "invoke-command" => {
                let block = command.block().or_else(|| command.value(&["scriptblock"], None));
                let file = command.value(&["filepath"], None);
                match (block, file) {
                    (Some(block), _) => {
                        let passed = command.value(&["argumentlist", "args"], None);
                        let spread = passed.map(|list| {
                            let at = list.span;
                            Expr::new(ExprKind::Spread(self.as_list(list)), at)
                        });
                        let mut all = vec![block];
                        all.extend(spread);
                        self.run_words(all, span)
                    }
                    (None, Some(file)) => self.run_words(vec![file], span),
                    _ => opaque(words(command), span),
                }
            }
            "get-item" | "get-childitem" | "get-content" | "get-itemproperty" | "get-itempropertyvalue" => {
                match command.value(&["path", "literalpath"], Some(0)) {
                    Some(path) if is_environment(&path) => self.environment(path, span),
                    _ => self.run(command),
                }
            }
            "test-path" => match command.value(&["path", "literalpath"], Some(0)) {
                Some(path) if is_environment(&path) => {
                    let value = self.environment(path, span);
                    Expr::new(ExprKind::IsSet { value, set_only: true }, span)
                }
                _ => self.run(command),
            },
            "get-variable" => match command.value(&["name"], Some(0)).map(|e| *e.kind) {
                Some(ExprKind::Text(held)) => self.variable_of(&held.to_lowercase(), span),
                _ => self.run(command),
            },
            "new-object" => self.new_object(command),
            "write-output" => match command.value(&["inputobject"], Some(0)) {
                Some(value) => value,
                None => opaque(Vec::new(), span),
            },
            "read-host" => {
                let run = self.run(command);
                Expr::new(ExprKind::Await(run), span)
            }
            "set-location" | "push-location" | "pop-location" => {
                let path = command.value(&["path", "literalpath"], Some(0));
                let path = path.unwrap_or_else(|| Expr::text("/", span));
                self.run_words(vec![Expr::text("cd", span), path], span)
            }
            "foreach-object" | "where-object" | "measure-command" => match command.block() {
                Some(block) => call(block, Vec::new(), span),
                None => opaque(words(command), span),
            },
            _ => self.run(command),
        }
    }

    /// `Env:NAME` as the variable that it is.
    fn environment(&mut self, path: Expr, span: Span) -> Expr {
        if let Some(variable) = on_drive(&path, "env:") {
            return Expr::new(ExprKind::Variable(variable), span);
        }
        // The name is put together: what is asked for, only the run knows.
        let name_of = match *path.kind {
            ExprKind::Concat(parts) => Expr::new(ExprKind::Concat(parts.into_iter().skip(1).collect()), span),
            kind => Expr { kind: Box::new(kind), span },
        };
        let of = name("[environment]", span);
        self.method(of, "getenvironmentvariable", vec![name_of], span)
    }

    fn new_object(&mut self, command: Command) -> Expr {
        let span = command.span;
        let Some(ExprKind::Text(written)) = command.value(&["typename"], Some(0)).map(|e| *e.kind) else {
            return opaque(command.args.into_iter().map(|arg| arg.value).collect(), span);
        };
        let mut args = Vec::new();
        let given = command.value(&["argumentlist", "args"], Some(1));
        match given.map(|value| (value.span, *value.kind)) {
            Some((_, ExprKind::List(items))) => args.extend(items),
            Some((at, kind)) => args.push(Expr { kind: Box::new(kind), span: at }),
            None => {}
        }
        let callee = name(&format!("[{}]", super::operand::short(&written)), span);
        super::operand::construct(callee, args, span)
    }
}

/// `Set-Item Env:CI …`, `New-Item -Path Env:\ -Name CI …`: a variable of the environment.
fn exported(command: &Command) -> Option<NodeKind> {
    let held = command.value(&["path", "literalpath"], Some(0))?;
    // The item's name stands for itself.
    let item = command.value(&["name"], None).filter(|_| is_drive(&held, "env:"));
    let item = item.and_then(|name| match *name.kind {
        ExprKind::Text(name) => Some(name),
        _ => None,
    });
    let name = item.or_else(|| on_drive(&held, "env:"))?;
    Some(NodeKind::ExportVariable { name, value: command.value(&["value"], Some(1)) })
}

/// The rest of a path on this drive, where it is known.
fn on_drive(path: &Expr, drive: &str) -> Option<String> {
    let ExprKind::Text(text) = &*path.kind else { return None };
    let rest = text.get(drive.len()..)?;
    let held = text.get(..drive.len()).filter(|front| front.eq_ignore_ascii_case(drive)).map(|_| rest)?;
    let held = held.trim_start_matches(['/', '\\']);
    (!held.is_empty() && !held.contains('*')).then(|| held.to_owned())
}

/// The root of a drive.
fn is_drive(path: &Expr, drive: &str) -> bool {
    matches!(&*path.kind, ExprKind::Text(text)
        if text.trim_end_matches(['/', '\\']).eq_ignore_ascii_case(drive))
}

fn is_environment(path: &Expr) -> bool {
    let first = match &*path.kind {
        ExprKind::Concat(parts) => parts.first().map(|part| &*part.kind),
        kind => Some(kind),
    };
    matches!(first, Some(ExprKind::Text(text)) if text.get(..4).is_some_and(|front| front.eq_ignore_ascii_case("env:"))
        && text.len() > if matches!(&*path.kind, ExprKind::Text(_)) { 4 } else { 3 })
}

/// A module that is named by its place, not one that is installed.
fn is_file(path: &Expr) -> bool {
    let names_one = |text: &str| {
        text.contains('/') || [".psm1", ".ps1", ".psd1"].iter().any(|end| text.to_lowercase().ends_with(end))
    };
    match &*path.kind {
        ExprKind::Text(text) => names_one(text),
        ExprKind::Concat(_) | ExprKind::Run(_) | ExprKind::Call(_) => true,
        ExprKind::Name(held) => held.starts_with('$'),
        _ => false,
    }
}

/// A manifest stands beside the module that it is for.
fn module_file(path: Expr) -> Expr {
    let span = path.span;
    let swap = |text: &str| text.strip_suffix(".psd1").map(|stem| format!("{stem}.psm1"));
    match *path.kind {
        ExprKind::Text(text) => Expr::text(swap(&text).unwrap_or(text), span),
        ExprKind::Concat(mut parts) => {
            if let Some(last) = parts.last_mut()
                && let ExprKind::Text(text) = &*last.kind
                && let Some(swapped) = swap(text)
            {
                *last = Expr::text(swapped, last.span);
            }
            Expr::new(ExprKind::Concat(parts), span)
        }
        kind => Expr { kind: Box::new(kind), span },
    }
}
