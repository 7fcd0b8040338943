//! The programs that a manifest of Python installs: `name = "package.module:function"`.

use std::collections::BTreeMap;

/// The programs of one manifest: name to module.
#[must_use]
pub(super) fn of(path: &str, text: &str) -> BTreeMap<String, String> {
    match path.rsplit('/').next().unwrap_or(path) {
        "pyproject.toml" => pyproject(text),
        "setup.cfg" => after(text, "console_scripts"),
        "setup.py" => after(text, "console_scripts"),
        _ => BTreeMap::new(),
    }
}

fn module_of(target: &str) -> Option<String> {
    let module = target.split(':').next()?.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.');
    (target.contains(':') && !module.is_empty() && module.chars().all(plain)).then(|| module.to_owned())
}

fn pyproject(text: &str) -> BTreeMap<String, String> {
    let Ok(table) = text.parse::<toml::Table>() else { return BTreeMap::new() };
    let project = table.get("project");
    let poetry = table.get("tool").and_then(|tool| tool.get("poetry"));
    let mut out = BTreeMap::new();
    for scripts in [project, poetry].into_iter().flatten().filter_map(|of| of.get("scripts")?.as_table()) {
        for (name, target) in scripts {
            let target = target.as_str().or_else(|| target.get("reference")?.as_str());
            if let Some(module) = target.and_then(module_of) {
                out.insert(name.clone(), module);
            }
        }
    }
    out
}

/// `name = module:function` in the lines or texts that follow a word, up to what closes the list.
fn after(text: &str, word: &str) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    let Some((_, rest)) = text.split_once(word) else { return out };
    let rest = rest.trim_start_matches(['"', '\'', ' ', ':', '=']);
    for line in rest.split(['\n', ',', '[']).take(64) {
        let line = line.trim().trim_matches(['"', '\'', ' ', ',']);
        if let Some((name, target)) = line.split_once('=') {
            let target = target.trim().trim_end_matches([']', '}', ')', '"', '\'', ' ']);
            match module_of(target) {
                Some(module) => out.insert(name.trim().to_owned(), module),
                None => break,
            };
        } else if line.starts_with([']', '}']) {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::of;

    fn found(path: &str, text: &str) -> Vec<String> {
        of(path, text).into_iter().map(|(name, module)| format!("{name} {module}")).collect()
    }

    #[test]
    fn programs_of_each_kind_of_manifest_are_found() {
        let pyproject =
            "[project.scripts]\npurge = \"shop.jobs.purge:main\"\n[tool.poetry.scripts]\nx = \"a:b\"\n";
        assert_eq!(found("pyproject.toml", pyproject), ["purge shop.jobs.purge", "x a"]);
        let cfg = "[options.entry_points]\nconsole_scripts =\n    purge = shop.purge:main\n    other = shop:run\n\n[flake8]\nmax = 4\n";
        assert_eq!(found("a/setup.cfg", cfg), ["other shop", "purge shop.purge"]);
        let setup =
            "setup(entry_points={'console_scripts': ['purge = shop.purge:main', 'b=c.d:e']}, name='x:y')";
        assert_eq!(found("setup.py", setup), ["b c.d", "purge shop.purge"]);
        assert!(found("setup.py", "setup(name='x')").is_empty());
        assert!(found("pyproject.toml", "not toml [").is_empty());
    }
}
