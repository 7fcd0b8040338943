//! The drift rules on small repositories, wired as the engine would.

use super::*;
use crate::lang::{Input, compose, guard_toml, origins};
use crate::words::span::OffsetMap;

const TOML: &str = "[deploy]\nrequired_env = [\"DATABASE_URL\", \"STRIPE_KEY\"]\n[[service]]\nname = \"backend\"\ncwd = \"backend\"\nport = 3001\nhost = \"127.0.0.1\"\n[[service]]\nname = \"frontend\"\ncwd = \"frontend\"\nport = 3000\n[tunnel]\nconfig = \"tunnel.yml\"\n[[tunnel.verify]]\nurl = \"https://shop.example/\"\n";

fn run(files: &[(&str, &str)], toml: bool) -> Vec<(&'static str, String)> {
    let map = OffsetMap::identity();
    let input = |path, text| Input { path, text, map: &map };
    let deployment = guard_toml::deployment(input("guard.toml", TOML)).unwrap();
    let mut facts = Facts {
        deployment: toml.then_some((FileId(0), &deployment)),
        reads: Some(BTreeSet::new()),
        ..Facts::default()
    };
    let mut all = vec![("guard.toml", TOML)];
    all.extend(files);
    for (index, (path, text)) in all.iter().enumerate() {
        let file = FileId(u32::try_from(index).unwrap());
        facts.texts.push(Text { file, path, text });
        if path.contains("compose") {
            facts.published.extend(compose::ports(input(path, text)).into_iter().map(|p| (file, p)));
        } else if path.contains("nginx") || path.contains("tunnel") || path.contains("cloudflared") {
            facts.origins.extend(origins::read(input(path, text)).into_iter().map(|o| (file, *path, o)));
        } else if index > 0 {
            let found = listeners(text).into_iter();
            facts
                .listening
                .extend(found.map(|l| Listening { at: Place { file, span: l.span }, listener: l }));
        }
    }
    facts.reads = Some(["DATABASE_URL", "STRIPE_KEY"].map(str::to_owned).into());
    check(&facts)
        .into_iter()
        .map(|finding| {
            let text = all[finding.at.file.index()].1;
            (finding.rule, text[finding.at.span.range()].to_owned())
        })
        .collect()
}

fn ports(path: &str, text: &str) -> Vec<String> {
    run(&[(path, text)], true).into_iter().filter(|f| f.0 == port::ID).map(|f| f.1).collect()
}

#[test]
fn other_ports_of_a_service_are_found_wherever_they_are_said() {
    for (path, text, shown) in [
        ("backend/src/a.ts", "app.listen(3002);", "listen(3002)"),
        ("backend/src/a.ts", "const port = process.env.PORT || 4000;", "PORT || 4000"),
        ("backend/.env.example", "PORT=3002\n", "PORT=3002"),
        ("backend/Dockerfile", "FROM x\nEXPOSE 8080\n", "EXPOSE 8080"),
        ("compose.yaml", "services:\n  backend:\n    ports: [\"3002:3002\"]\n", "\"3002:3002\""),
        ("nginx.conf", "upstream backend {\n  server 127.0.0.1:3002;\n}\n", "127.0.0.1:3002"),
        (
            "tunnel.yml",
            "ingress:\n  - hostname: shop.example\n    service: http://127.0.0.1:3009\n",
            "http://127.0.0.1:3009",
        ),
        (".env", "BACKEND_URL=http://localhost:3002\n", "http://localhost:3002"),
        ("scripts/x.ts", "const BACKEND_PORT = 3002;", "BACKEND_PORT = 3002"),
        ("README.md", "The backend runs on http://localhost:3002.", "http://localhost:3002"),
    ] {
        assert_eq!(ports(path, text), [shown], "{path}");
    }
}

#[test]
fn right_ports_and_other_programs_are_silent() {
    for (path, text) in [
        ("backend/src/a.ts", "app.listen(process.env.PORT ?? 3001, \"127.0.0.1\");"),
        ("tools/a.ts", "app.listen(9999);"),
        ("backend/a.ts", "app.listen(3001); metrics.listen(9100);"),
        (
            "compose.yaml",
            "services:\n  backend:\n    ports: [\"8080:3001\"]\n  db:\n    ports: [\"5432:5432\"]\n",
        ),
        ("README.md", "Postgres is on localhost:5432, the frontend on http://localhost:3000."),
        ("README.md", "See http://localhost:9090 for metrics."),
        ("nginx.conf", "upstream grafana {\n  server 127.0.0.1:3333;\n}\n"),
    ] {
        assert_eq!(ports(path, text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn localhost_is_found_where_one_family_listens() {
    let tunnel = "ingress:\n  - hostname: api.example\n    service: http://localhost:4310\n";
    let found = |code: &str| run(&[("cloudflared/config.yml", tunnel), ("server/index.js", code)], false);
    let expected = vec![(localhost_origin::ID, "http://localhost:4310".to_owned())];
    for code in [
        "server.listen(4310, \"127.0.0.1\");",
        "const PORT = Number(process.env.PORT ?? 4310);\nconst HOST = process.env.HOST || '127.0.0.1';\napp.listen(PORT, HOST, () => {});",
        "app.listen({ host: \"::1\", port: 4310 });",
        "// npx serve --host 127.0.0.1 --port 4310",
        "uvicorn.run(app, host=\"127.0.0.1\", port=4310)",
    ] {
        assert_eq!(found(code), expected, "{code}");
    }
    for code in [
        "server.listen(4310);",
        "server.listen(4310, () => {});",
        "server.listen(4311, \"127.0.0.1\");",
        "app.listen(4310, \"::\");",
    ] {
        assert_eq!(found(code), [], "{code}");
    }
    let by_toml = run(&[("cloudflared/config.yml", "ingress:\n  - service: http://localhost:3001\n")], true);
    assert_eq!(by_toml, [(localhost_origin::ID, "http://localhost:3001".to_owned())]);
}

#[test]
fn variables_must_be_declared_and_read() {
    let map = OffsetMap::identity();
    let deployment = guard_toml::deployment(Input { path: "guard.toml", text: TOML, map: &map }).unwrap();
    let at = Place { file: FileId(3), span: crate::words::span::Span::new(1, 2) };
    let facts = Facts {
        deployment: Some((FileId(0), &deployment)),
        reads: Some(["DATABASE_URL".to_owned()].into()),
        requires: vec![("REDIS_URL".into(), at), ("PORT".into(), at), ("DATABASE_URL".into(), at)],
        ..Facts::default()
    };
    let found = undeclared_env::check(&facts);
    assert_eq!(found.len(), 2);
    assert_eq!(&TOML[found[0].at.span.range()], "\"STRIPE_KEY\"");
    assert_eq!(found[1].at, at);
}

#[test]
fn any_text_can_be_searched_for_listeners() {
    for text in ["listen(", "listen({", "run(é", "listen(PORT", "--host --port", "bind(\"", "é.listen(99999)"]
    {
        assert_eq!(listeners(text), [], "{text}");
    }
}
