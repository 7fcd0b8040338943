//! Compose files: what each service starts, and the variables that it gets.

use super::yaml::{self, Node, Value};
use super::{Input, Lowered, folder_of, joined, setting, shell, split};
use crate::knowledge::image;
use crate::words::entry::{Entry, EntryKind};
use crate::words::flow::{Dialect, EnvSetting, Expr, Unit};
use crate::words::span::Span;

#[must_use]
pub fn lower(input: Input<'_>) -> Lowered {
    let parsed = yaml::parse(input);
    let mut out = Lowered::default();
    for pair in parsed.root().and_then(|root| root.get("services")).map(Node::pairs).unwrap_or_default() {
        if let Some(name) = pair.key.as_str().filter(|_| pair.value.is_mapping()) {
            service(input, name, pair, &mut out);
        }
    }
    out.problems = parsed.problems;
    out
}

fn service(input: Input<'_>, name: &str, pair: &yaml::Pair, out: &mut Lowered) {
    let body = &pair.value;
    let env = environment(body);
    let env_files = env_files(body);
    // The image's working directory is what its build copied there.
    let folder = folder_of(input.path);
    let context =
        body.get("build").and_then(|build| build.get("context").or(Some(build))).and_then(Node::as_str);
    let directory = match context {
        Some(context) if context.contains(['$', ':']) => None,
        Some(context) => Some(joined(&folder, context)),
        None => Some(folder),
    };
    let mut entry = |title: String, name: &str, unit: Unit, span: Span| {
        out.entries.push(Entry {
            kind: EntryKind::Container,
            title,
            name: name.to_owned(),
            unit,
            span,
            directory: directory.clone(),
            env: env.clone(),
            env_files: env_files.clone(),
            tolerated: None,
            needs: depends(body),
        });
    };
    let mut all = Vec::new();
    let mut span: Option<Span> = None;
    for key in ["entrypoint", "command"] {
        if let Some(node) = body.get(key).filter(|node| !node.is_null()) {
            all.extend(words(node));
            span = Some(span.map_or(node.span, |have| have.to(node.span)));
        }
    }
    let image = body.get("image").filter(|_| body.get("entrypoint").is_none_or(Node::is_null));
    if let Some((image, program)) = image.and_then(|image| Some((image, image::program(image.as_str()?)?))) {
        all.insert(0, (program.to_owned(), image.span));
    }
    let span = span.unwrap_or(pair.key.span);
    // Without a command of its own the image's holds; the variables count all the same.
    let unit = if all.is_empty() { Unit::empty(Dialect::Shell) } else { shell::run_of_words(all, span) };
    entry(format!("compose service {name}"), name, unit, span);

    if let Some(test) = body.path(&["healthcheck", "test"]) {
        let items = test.items();
        let unit = match (test.as_scalar(), items.first().and_then(Node::as_str)) {
            (Some(scalar), _) => {
                let text = Input { path: input.path, text: &scalar.text, map: &scalar.map };
                Some(shell::lower_text(text, false, false))
            }
            (None, Some("CMD-SHELL")) => items.get(1).and_then(Node::as_scalar).map(|scalar| {
                let text = Input { path: input.path, text: &scalar.text, map: &scalar.map };
                shell::lower_text(text, false, false)
            }),
            (None, Some("CMD")) => Some(shell::run_of_words(words(test).split_off(1), test.span)),
            _ => None,
        };
        if let Some(unit) = unit {
            entry(format!("compose service {name}, healthcheck"), "", unit, test.span);
        }
    }
    out.settings.extend(env);
}

/// A list is words as they are; a text is split, and no shell runs.
fn words(node: &Node) -> Vec<(String, Span)> {
    let dollar = |(word, span): (String, Span)| (word.replace("$$", "$"), span);
    match &node.value {
        Value::Scalar(scalar) => split::words(&scalar.text, &scalar.map).into_iter().map(dollar).collect(),
        _ => node.strings().into_iter().map(|(word, span)| dollar((word.to_owned(), span))).collect(),
    }
}

/// `environment:` as a mapping or as a list of `NAME=value`. A name alone is handed through.
pub(super) fn environment(body: &Node) -> Vec<EnvSetting> {
    let Some(node) = body.get("environment") else { return Vec::new() };
    let mapped = node.pairs().iter().filter_map(|pair| {
        let name = pair.key.as_str()?.to_owned();
        let span = pair.key.span.to(pair.value.span);
        let value = pair.value.as_scalar()?;
        Some(EnvSetting { name, value: setting::interpolated(&value.text, &value.map, true), span })
    });
    let listed = node.items().iter().filter_map(|item| {
        let scalar = item.as_scalar()?;
        let (name, value) = scalar.text.split_once('=')?;
        let at = name.len() + 1;
        let mut map = crate::words::span::OffsetMap::builder();
        map.push(0, at);
        let value: Expr = setting::interpolated(value, &scalar.map.compose(&map), true);
        Some(EnvSetting { name: name.to_owned(), value, span: item.span })
    });
    mapped.chain(listed).collect()
}

fn env_files(body: &Node) -> Vec<(String, Span)> {
    let Some(node) = body.get("env_file") else { return Vec::new() };
    let mut out: Vec<_> = node.strings().into_iter().map(|(file, span)| (file.to_owned(), span)).collect();
    for item in node.items() {
        if let Some(path) = item.get("path")
            && let Some(file) = path.as_str()
        {
            out.push((file.to_owned(), path.span));
        }
    }
    out
}

fn depends(body: &Node) -> Vec<String> {
    let Some(node) = body.get("depends_on") else { return Vec::new() };
    let listed = node.strings().into_iter().map(|(name, _)| name.to_owned());
    listed.chain(node.pairs().iter().filter_map(|pair| Some(pair.key.as_str()?.to_owned()))).collect()
}

/// A port that a service publishes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    pub service: String,
    /// On this machine; None where any free one is taken, or where it is a variable.
    pub host: Option<u16>,
    pub container: Option<u16>,
    pub span: Span,
}

#[must_use]
pub fn ports(input: Input<'_>) -> Vec<Published> {
    let parsed = yaml::parse(input);
    let mut out = Vec::new();
    for pair in parsed.root().and_then(|root| root.get("services")).map(Node::pairs).unwrap_or_default() {
        let Some(service) = pair.key.as_str() else { continue };
        for item in pair.value.get("ports").map(Node::items).unwrap_or_default() {
            let number = |text: &str| text.parse().ok();
            let (host, container) = if let Some(text) = item.as_str() {
                let text = text.split('/').next().unwrap_or(text);
                let mut parts = text.rsplit(':');
                let container = parts.next().and_then(number);
                (parts.next().and_then(number), container)
            } else {
                let field = |key: &str| item.get(key).and_then(Node::as_str).and_then(number);
                (field("published"), field("target"))
            };
            out.push(Published { service: service.to_owned(), host, container, span: item.span });
        }
        asked(service, &pair.value, &mut out);
    }
    out
}

/// The port that a service's health check asks, where it is none that the service publishes.
fn asked(service: &str, body: &Node, out: &mut Vec<Published>) {
    let Some(test) = body.get("healthcheck").and_then(|check| check.get("test")) else { return };
    let one = test.as_str().map(|text| (text, test.span));
    let known: Vec<u16> =
        out.iter().filter(|p| p.service == service).flat_map(|p| [p.host, p.container]).flatten().collect();
    for (text, span) in one.into_iter().chain(test.strings()) {
        let port = ["http://localhost:", "http://127.0.0.1:", "http://0.0.0.0:"].iter().find_map(|lead| {
            let rest = text.split_once(lead)?.1;
            rest.get(..rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len()))?.parse().ok()
        });
        if let Some(port) = port.filter(|port| !known.is_empty() && !known.contains(port)) {
            out.push(Published { service: service.to_owned(), host: None, container: Some(port), span });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::probe::{said, written};
    use crate::words::flow::ExprKind;
    use crate::words::span::OffsetMap;
    use proptest::prelude::*;

    const TEXT: &str = "services:\n  api:\n    build: ./api\n    command: sh -c \"npx prisma migrate reset --force && node x\"\n    environment:\n      CI: true\n      DATABASE_URL: ${DATABASE_URL}\n    env_file: [.env, { path: b.env }]\n    healthcheck:\n      test: [\"CMD-SHELL\", \"pg_isready\"]\n    ports:\n      - \"127.0.0.1:4310:80/tcp\"\n      - target: 90\n        published: 91\n  db:\n    image: x\n    environment:\n      - A=b ${C:-d}\n      - PASSED\n    entrypoint: [\"a\", \"b c\"]\n";

    fn read(text: &str) -> Lowered {
        lower(Input { path: "deploy/compose.yaml", text, map: &OffsetMap::identity() })
    }

    #[test]
    fn services_become_entries_with_words_and_variables() {
        let out = read(TEXT);
        let titles: Vec<_> = out.entries.iter().map(|e| e.title.as_str()).collect();
        assert_eq!(titles, ["compose service api", "compose service api, healthcheck", "compose service db"]);
        let api = &out.entries[0];
        assert_eq!(said(&api.unit), "sh -c npx prisma migrate reset --force && node x");
        assert_eq!(written(&api.unit, TEXT, "-c"), "-c");
        assert_eq!(api.directory.as_deref(), Some("deploy/api"));
        assert_eq!(&TEXT[api.env[0].span.range()], "CI: true");
        assert_eq!(api.env_files.iter().map(|f| f.0.as_str()).collect::<Vec<_>>(), [".env", "b.env"]);
        assert_eq!(written(&out.entries[2].unit, TEXT, "b c"), "\"b c\"");
        let value = &out.entries[2].env[0].value;
        let ExprKind::Concat(parts) = value.kind.as_ref() else { panic!() };
        assert_eq!(&TEXT[parts[1].span.range()], "${C:-d}");
    }

    #[test]
    fn ports_are_read_in_both_forms() {
        let found = ports(Input { path: "compose.yaml", text: TEXT, map: &OffsetMap::identity() });
        assert_eq!((found[0].host, found[0].container), (Some(4310), Some(80)));
        assert_eq!((found[1].host, found[1].container), (Some(91), Some(90)));
    }

    proptest! {
        #[test]
        fn arbitrary_text_never_panics(text in "(services|environment|command|ports|[ :\\-\n{}\\[\\],'\"=$a1é]){0,40}") {
            read(&text);
        }
    }
}
