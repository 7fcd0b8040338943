//! `package.json`: its scripts and hooks as entry points, its names for the resolver.

use jsonc_parser::ast::{Object, ObjectProp, StringLit, Value};

use super::{Input, Lowered, folder_of, joined, json, shell};
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::Unit;
use crate::words::span::{OffsetMap, Span};

/// What a resolver of modules wants to know of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Package {
    pub name: String,
    /// `module` or `commonjs`; empty where nothing is said.
    pub kind: String,
    /// Globs of member packages, as written.
    pub workspaces: Vec<String>,
    /// `main`, `module`, `browser`, `types`: key and target.
    pub targets: Vec<(String, String)>,
    /// `exports`, flattened: subpath (`.`, `./x`), condition (empty where none), target.
    pub exports: Vec<(String, String, String)>,
    /// `imports`, flattened the same way.
    pub imports: Vec<(String, String, String)>,
    /// `bin`: command and target.
    pub bin: Vec<(String, String)>,
    /// Names in every kind of dependencies, sorted.
    pub dependencies: Vec<String>,
}

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let mut out = Lowered::default();
    match json::parse(input) {
        Ok(Some(Value::Object(root))) => out.entries = Reader { input }.entries(&root),
        Ok(_) => {}
        Err(problem) => out.problems.push(problem),
    }
    out
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    input: Input<'a>,
}

fn object<'b, 'a>(of: &'b Object<'a>, key: &str) -> Option<&'b Object<'a>> {
    find(of, key)?.value.as_object()
}

/// Of duplicate keys the last one holds.
fn find<'b, 'a>(of: &'b Object<'a>, key: &str) -> Option<&'b ObjectProp<'a>> {
    of.properties.iter().rev().find(|property| property.name.as_str() == key)
}

/// The strings of an object, of duplicate keys only the last.
fn strings<'b, 'a>(of: &'b Object<'a>) -> Vec<(&'b ObjectProp<'a>, &'b StringLit<'a>)> {
    of.properties
        .iter()
        .enumerate()
        .filter(|(index, property)| {
            !of.properties.iter().skip(index + 1).any(|later| later.name.as_str() == property.name.as_str())
        })
        .filter_map(|(_, property)| Some((property, property.value.as_string_lit()?)))
        .collect()
}

impl<'a> Reader<'a> {
    fn entries(self, root: &Object<'a>) -> Vec<Entry> {
        let mut out = Vec::new();
        if let Some(scripts) = object(root, "scripts") {
            let all = strings(scripts);
            for (property, literal) in &all {
                let name = property.name.as_str();
                let before = format!("pre{name}");
                let needs = all.iter().any(|(other, _)| other.name.as_str() == before).then_some(before);
                let mut entry =
                    self.shell(literal, EntryKind::PackageScript, format!("npm run {name}"), name);
                entry.span = json::name_span(self.input, property).to(entry.span);
                entry.needs = needs.into_iter().collect();
                out.push(entry);
            }
        }
        if let Some(seed) = object(root, "prisma").and_then(|p| find(p, "seed")?.value.as_string_lit()) {
            out.push(self.shell(seed, EntryKind::PackageScript, "prisma db seed".to_owned(), "prisma:seed"));
        }
        let husky = object(root, "husky").and_then(|husky| object(husky, "hooks"));
        for (tool, hooks) in [("husky", husky), ("simple-git-hooks", object(root, "simple-git-hooks"))] {
            for (property, literal) in hooks.map(strings).unwrap_or_default() {
                let name = property.name.as_str();
                out.push(self.shell(literal, EntryKind::Hook, format!("{tool} {name}"), name));
            }
        }
        if let Some(staged) = object(root, "lint-staged") {
            for property in &staged.properties {
                let title = format!("lint-staged {}", property.name.as_str());
                let commands: Vec<&StringLit<'_>> = match &property.value {
                    Value::StringLit(one) => vec![one],
                    Value::Array(list) => list.elements.iter().filter_map(Value::as_string_lit).collect(),
                    _ => Vec::new(),
                };
                for command in commands {
                    out.push(self.shell(command, EntryKind::Hook, title.clone(), ""));
                }
            }
        }
        self.binaries(root, &mut out);
        out
    }

    fn binaries(self, root: &Object<'a>, out: &mut Vec<Entry>) {
        let Some(bin) = find(root, "bin") else { return };
        let package = find(root, "name").and_then(|name| name.value.as_string_lit());
        match &bin.value {
            Value::StringLit(file) => {
                let name = package.map_or("", |name| name.value.rsplit('/').next().unwrap_or(""));
                out.push(self.binary(name, file));
            }
            Value::Object(all) => {
                for (property, file) in strings(all) {
                    out.push(self.binary(property.name.as_str(), file));
                }
            }
            _ => {}
        }
    }

    fn binary(self, name: &str, file: &StringLit<'_>) -> Entry {
        let text = json::string(self.input, file);
        let words = vec![("node".to_owned(), text.span), (text.decoded, text.span)];
        let unit = shell::run_of_words(words, text.span);
        // A package script cannot have this name, so that `npm run` never means it.
        self.entry(unit, text.span, EntryKind::PackageScript, format!("npx {name}"), &format!("bin:{name}"))
    }

    /// A package manager starts a script with `sh -c`: neither errexit nor pipefail.
    fn shell(self, literal: &StringLit<'_>, kind: EntryKind, title: String, name: &str) -> Entry {
        let text = json::string(self.input, literal);
        let input = Input { path: self.input.path, text: &text.decoded, map: &text.map };
        self.entry(shell::lower_text(input, false, false), text.span, kind, title, name)
    }

    fn entry(self, unit: Unit, span: Span, kind: EntryKind, title: String, name: &str) -> Entry {
        Entry {
            kind,
            title,
            name: name.to_owned(),
            unit,
            span,
            directory: Some(folder_of(self.input.path)),
            env: Vec::new(),
            env_files: Vec::new(),
            tolerated: None,
            needs: Vec::new(),
        }
    }
}

/// Reads what the resolver needs; None where the text is no JSON object.
#[must_use]
pub fn package(text: &str) -> Option<Package> {
    let map = OffsetMap::identity();
    let Ok(Some(Value::Object(root))) = json::parse(Input { path: "package.json", text, map: &map }) else {
        return None;
    };
    let text = |key: &str| {
        find(&root, key)
            .and_then(|p| p.value.as_string_lit())
            .map(|s| s.value.to_string())
            .unwrap_or_default()
    };
    let list = match find(&root, "workspaces").map(|p| &p.value) {
        Some(Value::Array(list)) => Some(list),
        Some(Value::Object(inner)) => find(inner, "packages").and_then(|p| p.value.as_array()),
        _ => None,
    };
    let workspaces = list
        .map(|list| list.elements.iter().filter_map(|e| Some(e.as_string_lit()?.value.to_string())).collect())
        .unwrap_or_default();
    let name = text("name");
    let bin = match find(&root, "bin").map(|p| &p.value) {
        Some(Value::StringLit(file)) => {
            vec![(name.rsplit('/').next().unwrap_or("").to_owned(), file.value.to_string())]
        }
        Some(Value::Object(all)) => {
            strings(all).into_iter().map(|(p, s)| (p.name.as_str().to_owned(), s.value.to_string())).collect()
        }
        _ => Vec::new(),
    };
    let kinds = ["dependencies", "devDependencies", "peerDependencies", "optionalDependencies"];
    let mut dependencies: Vec<String> = kinds
        .iter()
        .filter_map(|key| object(&root, key))
        .flat_map(|all| all.properties.iter().map(|p| p.name.as_str().to_owned()))
        .collect();
    dependencies.sort();
    dependencies.dedup();
    let flattened = |key: &str| {
        let mut out = Vec::new();
        if let Some(property) = find(&root, key) {
            flatten(&property.value, ".", "", &mut out, 0);
        }
        out
    };
    Some(Package {
        kind: text("type"),
        workspaces,
        targets: ["main", "module", "browser", "types"]
            .iter()
            .map(|key| ((*key).to_owned(), text(key)))
            .filter(|(_, target)| !target.is_empty())
            .collect(),
        exports: flattened("exports"),
        imports: flattened("imports"),
        bin,
        dependencies,
        name,
    })
}

fn flatten(
    value: &Value<'_>,
    subpath: &str,
    condition: &str,
    out: &mut Vec<(String, String, String)>,
    depth: usize,
) {
    if depth > 16 {
        return;
    }
    match value {
        Value::StringLit(target) => {
            out.push((subpath.to_owned(), condition.to_owned(), target.value.to_string()));
        }
        Value::Object(object) => {
            for property in &object.properties {
                let key = property.name.as_str();
                let (subpath, condition) =
                    if key.starts_with(['.', '#']) { (key, condition) } else { (subpath, key) };
                flatten(&property.value, subpath, condition, out, depth + 1);
            }
        }
        Value::Array(list) => {
            for element in &list.elements {
                flatten(element, subpath, condition, out, depth + 1);
            }
        }
        _ => {}
    }
}

impl Package {
    /// The file of a `bin` command, from the repository's root.
    #[must_use]
    pub fn binary(&self, folder: &str, name: &str) -> Option<String> {
        self.bin.iter().find(|(command, _)| command == name).map(|(_, file)| joined(folder, file))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::probe::written;
    use proptest::prelude::*;

    fn read(path: &str, text: &str) -> Lowered {
        lower(Input { path, text, map: &OffsetMap::identity() })
    }

    const TEXT: &str = r#"{
  "name": "@shop/api", "type": "module",
  "workspaces": { "packages": ["packages/*"] },
  "exports": { ".": { "import": "./i.js", "require": "./r.cjs" }, "./x": "./x.js" },
  "bin": "cli.js",
  "scripts": {
    "predeploy": "echo 1",
    "deploy": "sh -c \"node a.js\" && prisma migrate deploy"
  },
  "prisma": { "seed": "tsx seed.ts" },
  "lint-staged": { "*.ts": ["eslint", "prettier"] },
  "simple-git-hooks": { "pre-commit": "npm test" },
  "dependencies": { "pg": "1" }, "devDependencies": { "a": "1" }
}"#;

    #[test]
    fn scripts_and_hooks_become_entries_with_their_places() {
        let lowered = read("apps/api/package.json", TEXT);
        let titles: Vec<_> = lowered.entries.iter().map(|e| e.title.as_str()).collect();
        assert_eq!(
            titles,
            [
                "npm run predeploy",
                "npm run deploy",
                "prisma db seed",
                "simple-git-hooks pre-commit",
                "lint-staged *.ts",
                "lint-staged *.ts",
                "npx api"
            ]
        );
        let deploy = &lowered.entries[1];
        assert_eq!(written(&deploy.unit, TEXT, "migrate"), "migrate");
        assert!(TEXT[deploy.span.range()].starts_with("\"deploy\": "));
        assert_eq!(deploy.needs, ["predeploy"]);
        assert_eq!(deploy.directory.as_deref(), Some("apps/api"));
    }

    #[test]
    fn the_resolver_gets_names_and_targets() {
        let package = package(TEXT).unwrap();
        assert_eq!(package.name, "@shop/api");
        assert_eq!(package.workspaces, ["packages/*"]);
        assert_eq!(package.dependencies, ["a", "pg"]);
        assert_eq!(package.exports[1], (".".into(), "require".into(), "./r.cjs".into()));
        assert_eq!(package.exports[2].0, "./x");
        assert_eq!(package.binary("apps/api", "api").as_deref(), Some("apps/api/cli.js"));
    }

    #[test]
    fn a_broken_file_is_a_problem() {
        assert_eq!(read("package.json", "{ \"scripts\": ").problems.len(), 1);
        assert!(package("[]").is_none());
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(\"scripts\"|\"a\"|[{}\\[\\]:,\"\\\\u0é d]){0,40}") {
            read("package.json", &text);
            let _ = package(&text);
        }
    }
}
