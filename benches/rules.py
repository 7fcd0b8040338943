#!/usr/bin/env python3
"""The question that guard answers, as rules for ast-grep and semgrep.

    benches/rules.py FOLDER        writes the sets there, and says how much they hold

ast-grep.yml and semgrep.yml, and ast-grep-names.yml: the same calls of TypeScript, JavaScript and Python as one regular
expression on their names, which ast-grep answers much faster than one pattern each.

One pattern for each thing that `rules/knowledge` knows: a call of a library that writes, runs SQL or opens a
connection, a call that starts a program, a program that changes a database. So the rules follow the knowledge by
themselves. What is no library (guards, and what gets around them) stands in benches/rules/*.yml, by hand.

Neither tool follows what starts what, or asks whether a guard holds on every path; the rules only find the places
that a person would then have to put together. PowerShell and batch files have no grammar in either tool, SQL none in
ast-grep: left out there.
"""
import itertools
import pathlib
import re
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
KNOWLEDGE = ROOT / "rules/knowledge"
OWN = ROOT / "benches/rules"
RUNS = {"shell", "command", "command-unchecked", "command-list", "command-list-unchecked", "run-file"}
NAME = re.compile(r"^[A-Za-z_$][A-Za-z0-9_$]*$")


def spread(text: str) -> list[str]:
    """`a|b.{x,y}` is a.x, a.y, b.x and b.y, as CONTRIBUTING.md says it; the names alone are wanted here."""
    braces = re.match(r"^(.*)\{(.*)\}(.*)$", text)
    if braces:
        return list(itertools.chain(*(spread(braces[1] + each + braces[3]) for each in braces[2].split(","))))
    return [text]


def writes(entry: dict) -> bool:
    return bool({"operation", "sql", "command"} & entry.keys())


def language(key: str) -> str:
    return {"python": "python", "rust": "rust"}.get(key.split(":")[0], "script")


def called(known: dict[str, dict[str, set[str]]]) -> None:
    """Adds what a library's names and the values that they give can do, by language and kind of call."""
    files = [*KNOWLEDGE.glob("libraries/*.toml"), *KNOWLEDGE.glob("platform/*.toml")]
    all_held = [tomllib.loads(file.read_text()) for file in sorted(files)]
    # A library may give what another one's file describes.
    types = {name: kind for held in all_held for name, kind in held.get("type", {}).items()}
    for held in all_held:
        spoken: dict[str, set[str]] = {}
        todo: list[tuple[str, str]] = []

        def writes_when_run(entry: dict) -> bool:
            given = types.get(entry.get("gives", ""), {})
            return writes(given.get("run", {})) or writes(given.get("assigned", {}))

        for key, entry in held.get("api", {}).items():
            spoken_in = language(key)
            if given := entry.get("gives"):
                todo.append((given, spoken_in))
            for one in spread(key):
                name = one.rsplit(".", 1)[-1]
                # What a module exports by default has the name that the file gives it.
                if not NAME.match(name.rstrip("!")) or name == "default":
                    continue
                group = known[spoken_in]
                if writes(entry) or writes_when_run(entry):
                    group["functions"].add(name)
                elif entry.get("opens") and not entry.get("property"):
                    group["connections"].add(name)
                elif entry.get("role") in RUNS:
                    group["programs"].add(name)
        # A type is of the languages of all that lead to it.
        for name, held_type in held.get("type", {}).items():
            for noted in held_type.get("annotations", []):
                todo.append((name, language(noted)))
        while todo:
            name, spoken_in = todo.pop()
            if spoken_in in spoken.setdefault(name, set()) or name not in types:
                continue
            spoken[name].add(spoken_in)
            for entry in [*types[name].get("members", {}).values(), types[name].get("other", {})]:
                if entry.get("gives") not in (None, "self"):
                    todo.append((entry["gives"], spoken_in))
        for name, languages in spoken.items():
            for key, entry in types[name].get("members", {}).items():
                for member, spoken_in in itertools.product(key.split("|"), languages):
                    if NAME.match(member) and (writes(entry) or writes_when_run(entry)):
                        known[spoken_in]["members"].add(member)
            if types[name].get("call", {}).get("sql") == "tag":
                known["script"]["tags"].update(types[name].get("names", ["sql"]))


def foreign(known: dict[str, dict[str, set[str]]]) -> None:
    for file in sorted(KNOWLEDGE.glob("foreign/*.toml")):
        held = tomllib.loads(file.read_text())
        for call in held["call"]:
            if call.get("sql") or call.get("effects"):
                known[held["language"]]["members"].update(m for m in call["methods"] if re.match(r"^\w+[!?]?$", m))


def programs() -> list[str]:
    """Programs that can change a database."""
    names: set[str] = set()
    for file in sorted(KNOWLEDGE.glob("commands/*.toml")):
        for tool in tomllib.loads(file.read_text()).get("tool", []):
            changes = any({"effects", "sql-text", "sql-file", "stdin"} & command.keys() for command in tool.get("command", []))
            if changes:
                names.update(tool["names"])
    return sorted(name for name in names if re.match(r"^[A-Za-z][A-Za-z0-9_.-]*$", name))


def collected() -> dict[str, dict[str, list[str]]]:
    kinds = ("members", "functions", "connections", "programs", "tags")
    known = {spoken_in: {kind: set() for kind in kinds} for spoken_in in ("script", "python", "rust", "go", "php", "ruby")}
    called(known)
    foreign(known)
    return {name: {kind: sorted(names) for kind, names in kinds.items()} for name, kinds in known.items()}


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def patterns(spoken_in: str, held: dict[str, list[str]], rest: str) -> dict[str, list[str]]:
    """What is looked for, by the kind of finding; `rest` stands for any arguments."""
    call = lambda name: f"{name}({rest})"
    method = {"php": "$X->{}", "ruby": "$X.{}"}.get(spoken_in, "$X.{}")
    out = {
        "writes": [call(method.format(name)) for name in held["members"]] + [call(name) for name in held["functions"]],
        "opens": [call(name) for name in held["connections"]],
        "starts": [call(name) for name in held["programs"]],
    }
    if spoken_in == "script":
        out["opens"] += [f"new {call(name)}" for name in held["connections"] if name[0].isupper()]
        out["starts"] += [call(f"$X.{name}") for name in held["programs"]]
        out["writes"] += [f"{name}`{rest if rest == '...' else '$$$'}`" for name in held["tags"]]
    if spoken_in in ("python", "rust"):
        separator = "." if spoken_in == "python" else "::"
        for kind, names in (("writes", held["functions"]), ("opens", held["connections"]), ("starts", held["programs"])):
            out[kind] += [call(f"$X{separator}{name}") for name in names if not name.endswith("!")]
    return out


LANGUAGES = {
    "script": (("TypeScript", "Tsx", "JavaScript"), "[typescript, javascript]"),
    "python": (("Python",), "[python]"),
    "rust": (("Rust",), "[rust]"),
    "go": (("Go",), "[go]"),
    "php": (("Php",), "[php]"),
    "ruby": (("Ruby",), "[ruby]"),
}


# How a call, the name of a function, and that of a member are called in each grammar.
SHAPES = {
    "script": ("[{ kind: call_expression }, { kind: new_expression }]", "member_expression", "property"),
    "python": ("[{ kind: call }]", "attribute", "attribute"),
}


def by_names(spoken_in: str, held: dict[str, list[str]]) -> list[str]:
    call, member, field = SHAPES[spoken_in]
    free = sorted({*held["functions"], *held["connections"], *held["programs"]})
    of_others = sorted({*held["members"], *free})
    regex = lambda names: quoted("^(" + "|".join(re.escape(name) for name in names) + ")$")
    callee = "[{ has: { field: function, %s } }, { has: { field: constructor, %s } }]"
    if spoken_in == "python":
        callee = "[{ has: { field: function, %s } }]"
    one = callee.replace("%s", f"kind: identifier, regex: {regex(free + held['tags'])}")
    two = callee.replace("%s", f"kind: {member}, has: {{ field: {field}, regex: {regex(of_others)} }}")
    return [
        f"id: calls-{name.lower()}\nlanguage: {name}\nrule:\n  all:\n    - any: {call}\n    - any:\n"
        f"        - any: {one}\n        - any: {two}\n"
        for name in LANGUAGES[spoken_in][0]
    ]


def ast_grep(known: dict[str, dict[str, list[str]]], tools: list[str], names: bool = False) -> str:
    out = []
    for spoken_in, held in known.items():
        if names and spoken_in in SHAPES:
            out += by_names(spoken_in, held)
            continue
        for kind, wanted in patterns(spoken_in, held, "$$$").items():
            for name in LANGUAGES[spoken_in][0] if wanted else ():
                # A tag's text is no list of arguments in this tool: it is asked by its shape.
                plain = [p for p in wanted if "`" not in p]
                any_of = "".join(f"    - pattern: {quoted(p)}\n" for p in plain)
                if kind == "writes" and held["tags"]:
                    tags = "|".join(held["tags"])
                    any_of += (
                        "    - kind: call_expression\n      all:\n"
                        f"        - has: {{ field: function, regex: '^({tags})$' }}\n"
                        "        - has: { kind: template_string }\n"
                    )
                out.append(f"id: {kind}-{name.lower()}\nlanguage: {name}\nrule:\n  any:\n{any_of}")
    alternatives = "|".join(re.escape(tool) for tool in tools)
    out.append(
        "id: programs-bash\nlanguage: Bash\nrule:\n  kind: command_name\n"
        f"  regex: {quoted(f'^(.*/)?({alternatives})$')}\n"
    )
    for name, kind in (("Json", "string_content"), ("Yaml", "string_scalar"), ("Yaml", "block_scalar")):
        out.append(
            f"id: programs-{name.lower()}-{kind}\nlanguage: {name}\nrule:\n  kind: {kind}\n"
            f"  regex: {quoted(f'(^|[^A-Za-z0-9_-])({alternatives})([^A-Za-z0-9_-]|$)')}\n"
        )
    return "---\n".join([*out, (OWN / "ast-grep.yml").read_text()])


def semgrep(known: dict[str, dict[str, list[str]]], tools: list[str]) -> str:
    out = "rules:\n"
    head = lambda name, languages: f"  - id: {name}\n    languages: {languages}\n    severity: ERROR\n    message: {name}\n"
    for spoken_in, held in known.items():
        for kind, wanted in patterns(spoken_in, held, "...").items():
            # `$queryRaw` reads as a variable of the rule: it is asked for by a regular expression.
            plain = [p for p in wanted if not re.search(r"\.\$", p)]
            odd = [m.removeprefix("$") for m in held["members"] if m.startswith("$")] if kind == "writes" else []
            if plain:
                out += head(f"{kind}-{spoken_in}", LANGUAGES[spoken_in][1]) + "    pattern-either:\n"
                out += "".join(f"      - pattern: {quoted(p)}\n" for p in plain)
            if odd:
                out += head(f"{kind}-{spoken_in}-dollar", LANGUAGES[spoken_in][1])
                names = r"\.\$(" + "|".join(odd) + r")\b"
                out += f"    pattern-regex: {quoted(names)}\n"
    alternatives = "|".join(re.escape(tool) for tool in tools)
    word = f"(^|[^A-Za-z0-9_-])({alternatives})([^A-Za-z0-9_-]|$)"
    for name, languages in (("bash", "[bash]"), ("yaml", "[yaml]"), ("docker", "[dockerfile]")):
        out += head(f"programs-{name}", languages) + f"    pattern-regex: {quoted(word)}\n"
    out += head("programs-package", "[json]") + f"    pattern-regex: {quoted(word)}\n    paths:\n      include: ['package.json']\n"
    own = (OWN / "semgrep.yml").read_text()
    return out + own.split("rules:\n", 1)[1]


def written(folder: pathlib.Path) -> dict[str, int]:
    """Writes both sets; how many patterns and rules each holds."""
    known, tools = collected(), programs()
    sets = {
        "ast-grep": ast_grep(known, tools),
        "ast-grep-names": ast_grep(known, tools, names=True),
        "semgrep": semgrep(known, tools),
    }
    for name, text in sets.items():
        (folder / f"{name}.yml").write_text(text)
    return {name: len(re.findall(r"(?m)^\s*-? ?(?:pattern|regex|pattern-regex|kind): ", text)) for name, text in sets.items()}


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    for name, count in written(pathlib.Path(sys.argv[1])).items():
        print(f"{name}.yml: {count} patterns")
