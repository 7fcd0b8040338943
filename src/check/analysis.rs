//! One project, analysed: everything that rules and the lock need to know of it.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::AhoCorasick;
use memchr::memmem;
use rayon::prelude::*;

use crate::check::load::{Loaded, load};
use crate::config;
use crate::contract::check::{Repository as Checked, against};
use crate::contract::{Contract, Issue, parse};
use crate::io::decode::decode;
use crate::io::tree::Tree;
use crate::lang::{Kind, prisma};
use crate::reach::eval::{Context, EntryRef, Walk, Walker};
use crate::reach::event::World;
use crate::reach::imports::Imports;
use crate::reach::resolve::Resolver;
use crate::reach::sources::{SourceFile, Sources};
use crate::reach::survey::{self, Brief, Survey};
use crate::rules::contract::destructive_migration;
use crate::rules::facts::{Facts, GuardWalk, Jobs};
use crate::rules::names::{Model, Names};
use crate::rules::scope::ScopeIndex;
use crate::words::finding::Finding;
use crate::words::span::{FileId, Place, Span};

pub const CONTRACT: &str = "contract/mutation.toml";

pub struct Analysis {
    pub loaded: Loaded,
    /// Folder of the project in the tree: empty, or ending with `/`.
    pub prefix: String,
    pub contract: Option<Contract>,
    pub contract_text: Option<String>,
    pub contract_file: Option<FileId>,
    pub issues: Vec<Issue>,
    pub config: Option<config::Config>,
    pub config_issues: Vec<(FileId, Issue)>,
    pub scope: ScopeIndex,
    pub names: Names,
    pub survey: Survey,
    pub worlds: BTreeMap<(FileId, World), Walk>,
    pub guards: Vec<GuardWalk>,
    pub migration_findings: Vec<Finding>,
    pub ground: Ground,
}

/// What every walk stands on; kept, so that more can be walked later.
#[derive(Debug, Default)]
pub struct Ground {
    pub brief: Brief,
    pub resolver: Resolver,
    leading: BTreeSet<FileId>,
    judged: BTreeSet<FileId>,
}

impl Ground {
    /// For walks over these sources: the analysed ones, or the same with another text in one of them.
    #[must_use]
    pub fn context<'a>(
        &'a self,
        sources: &'a Sources,
        entries: &'a [EntryRef],
        quarantined: &'a dyn Fn(FileId) -> bool,
    ) -> Context<'a> {
        let (leading, judged) = (self.leading.clone(), self.judged.clone());
        survey::context(sources, &self.resolver, entries, &self.brief, leading, judged, quarantined)
    }
}

impl Analysis {
    #[must_use]
    pub fn sources(&self) -> &Sources {
        &self.loaded.sources
    }

    #[must_use]
    pub fn facts(&self) -> Facts<'_> {
        Facts {
            sources: &self.loaded.sources,
            survey: &self.survey,
            contract: self.contract.as_ref(),
            contract_file: self.contract_file,
            scope: &self.scope,
            names: &self.names,
            worlds: &self.worlds,
            guards: &self.guards,
            jobs: Jobs::default(),
        }
    }

    /// Analyses the project below `prefix` of a tree.
    #[must_use]
    pub fn of(tree: &Tree, prefix: &str) -> Self {
        let loaded = load(tree, prefix);
        let sources = &loaded.sources;
        let contract_file = sources.find(CONTRACT);
        let contract_text =
            contract_file.and_then(|id| sources.file(id).text.as_ref()).map(std::string::ToString::to_string);
        let plain = tree.entry(&format!("{prefix}{CONTRACT}")).is_none_or(crate::io::tree::Entry::is_file);
        let (contract, mut issues) = match contract_text.as_deref().map(parse::parse) {
            _ if !plain => (
                None,
                vec![Issue::new(Span::default(), "the contract is a link", "put the contract itself there")],
            ),
            Some(Ok(contract)) => (Some(contract), Vec::new()),
            Some(Err(issues)) => (None, issues),
            None if contract_file.is_some() => {
                (None, vec![Issue::new(Span::default(), "the contract is no text", "write it as UTF-8 text")])
            }
            None => (None, Vec::new()),
        };
        let scope = ScopeIndex::of(sources, contract.as_ref());
        let (config, config_issues) = guard_toml(sources);
        let mut names = Names::default();
        let schema_urls = schemas(sources, &scope, &mut names);
        let migrations = contract.as_ref().and_then(|c| c.migrations.as_ref());
        let (catalog, migration_findings) = destructive_migration::replay(sources, &scope, migrations);
        for (table, columns) in &catalog.tables {
            names
                .known
                .entry(names.table(table))
                .or_default()
                .extend(columns.keys().map(|c| c.to_ascii_lowercase()));
        }
        let mut brief = brief(sources, contract.as_ref(), &scope, schema_urls);
        brief.tables = names.known.keys().cloned().collect();
        brief.routines = std::sync::Arc::new(routines(sources, &scope));
        let resolver = survey::resolver(sources, &brief);
        let entries = survey::entries(sources, &scope.nested);
        let quarantined = |file: FileId| brief.quarantined.contains(&file);
        let imports = Imports::read(sources, &resolver);
        let data = imports
            .imported()
            .filter(|file| sources.file(*file).kind == Kind::Config && sources.file(*file).is_triggered());
        let speaking: BTreeSet<FileId> = loaded.named.iter().copied().chain(data).collect();
        let leading = imports.leading_to(speaking.iter().chain(&loaded.calling).copied());
        let naming_files = naming(sources, speaking, &scope);
        let related = candidates(&loaded, &imports, &scope, &naming_files);
        let judged = related.iter().copied().filter(|id| !scope.exempt(*id)).collect();
        let ground = Ground { leading, judged, ..Ground::default() };
        let (leading, judged) = (ground.leading.clone(), ground.judged.clone());
        let context = survey::context(sources, &resolver, &entries, &brief, leading, judged, &quarantined);
        let survey = Survey::of(&context, &brief, &related, &imports.leading_to(naming_files));
        let (worlds, guards) = walk_worlds(&context, contract.as_ref(), &scope, contract_file);
        let ground = Ground { brief, resolver, ..ground };
        if let Some(contract) = &contract {
            let paths = sources.files.iter().map(|f| f.path.clone()).collect();
            let seen = Seen { tree, prefix, paths, known: &names.known };
            issues.extend(against(contract, &seen));
        }
        Self {
            prefix: prefix.to_owned(),
            contract,
            contract_text,
            contract_file,
            issues,
            config,
            config_issues,
            scope,
            names,
            survey,
            worlds,
            guards,
            migration_findings,
            ground,
            loaded,
        }
    }
}

struct Seen<'a> {
    tree: &'a Tree,
    prefix: &'a str,
    paths: Vec<String>,
    known: &'a BTreeMap<String, BTreeSet<String>>,
}

impl Checked for Seen<'_> {
    fn paths(&self) -> &[String] {
        &self.paths
    }

    fn tables(&self) -> Option<&BTreeMap<String, BTreeSet<String>>> {
        (!self.known.is_empty()).then_some(self.known)
    }

    fn read(&self, path: &str) -> Option<String> {
        // The tree is asked: of files that no rule walks, the sources keep no text.
        decode(&self.tree.read(&format!("{}{path}", self.prefix)).ok()?).into_text()
    }
}

fn guard_toml(sources: &Sources) -> (Option<config::Config>, Vec<(FileId, Issue)>) {
    let Some(id) = sources.find("guard.toml") else { return (None, Vec::new()) };
    let Some(text) = &sources.file(id).text else { return (None, Vec::new()) };
    match config::parse::parse(text) {
        Ok(config) => (Some(config), Vec::new()),
        Err(issues) => (None, issues.into_iter().map(|i| (id, i)).collect()),
    }
}

/// Reads ORM schemas; gives the variables that they take their URL from.
fn schemas(sources: &Sources, scope: &ScopeIndex, names: &mut Names) -> BTreeSet<String> {
    let mut urls = BTreeSet::new();
    for id in sources.ids() {
        let file = sources.file(id);
        if let (Kind::Rust, Some(text)) = (file.kind, &file.text) {
            for held in crate::lang::diesel::renamed(text) {
                let columns = held.columns.into_iter().collect();
                names.rename(&held.name, Model { table: held.table, columns, ..Model::default() });
            }
        }
        if file.kind != Kind::PrismaSchema || scope.nested.contains(&id) {
            continue;
        }
        let Some(text) = &file.text else { continue };
        let schema = prisma::parse(text);
        urls.extend(schema.url_variables.iter().cloned());
        for (name, model) in &schema.models {
            let mut out = Model { table: model.table.clone(), ..Model::default() };
            for (field, held) in &model.fields {
                match &held.relation {
                    Some(relation) => {
                        out.relations.insert(field.clone(), relation.clone());
                    }
                    None => {
                        out.columns.insert(field.clone(), held.column.clone());
                    }
                }
            }
            names.add(name, out);
        }
    }
    urls
}

/// What the routines do that the repository's own SQL makes: whoever calls one does that.
fn routines(sources: &Sources, scope: &ScopeIndex) -> BTreeMap<String, Vec<crate::words::effect::Effect>> {
    let mut out: BTreeMap<String, Vec<_>> = BTreeMap::new();
    let files = sources.ids().filter(|id| {
        sources.file(*id).kind == Kind::Sql
            && !scope.tests.contains(id)
            && !scope.quarantined.contains(id)
            && !scope.nested.contains(id)
    });
    // Without a search every file is read.
    let makes = AhoCorasick::builder().ascii_case_insensitive(true).build(["function", "procedure"]).ok();
    for id in files {
        let Some(text) = sources.file(id).text.as_deref() else { continue };
        if makes.as_ref().is_some_and(|makes| !makes.is_match(text)) {
            continue;
        }
        for (name, effects) in crate::lang::sql::routines(text) {
            out.entry(name).or_default().extend(effects);
        }
    }
    out
}

fn brief(
    sources: &Sources,
    contract: Option<&Contract>,
    scope: &ScopeIndex,
    schema_urls: BTreeSet<String>,
) -> Brief {
    let mut brief = Brief {
        quarantined: scope.quarantined.clone(),
        outside: scope.nested.clone(),
        schema_urls,
        ..Brief::default()
    };
    let Some(contract) = contract else { return brief };
    brief.built.clone_from(&contract.scope.built);
    for symbol in &contract.guards.fingerprint {
        if let Some(id) = sources.find(&symbol.path) {
            brief.fingerprints.insert((id, symbol.name.clone()));
        }
    }
    for symbol in contract.guards.ci.iter().chain(&contract.guards.fingerprint) {
        brief.programs.extend(sources.find(&symbol.path));
    }
    brief.programs.extend(scope.scripts.keys().copied());
    brief.programs.extend(scope.connections.iter().copied());
    brief
}

/// Files that name a library, a tool or the check's own variable.
fn naming(sources: &Sources, mut named: BTreeSet<FileId>, scope: &ScopeIndex) -> BTreeSet<FileId> {
    // What sets `CI` itself may do so for a guard that it then passes.
    named.extend(sources.ids().filter(|id| !scope.exempt(*id) && may_forge(sources.file(*id))));
    // A shell script that sets `CI` names no database, and may start what does.
    named.extend(sources.ids().filter(|id| {
        let file = sources.file(*id);
        file.text.as_deref().is_some_and(|text| match file.kind {
            Kind::Shell => text.contains("CI="),
            Kind::PowerShell => text.to_ascii_lowercase().contains("env:ci"),
            Kind::Batch => text.to_ascii_lowercase().contains("ci="),
            _ => false,
        })
    }));
    // Whoever names a script of the contract may start it, and prepare what its guards will see.
    let stems: BTreeSet<String> = scope.scripts.keys().flat_map(|id| called(sources.path(*id))).collect();
    if !stems.is_empty() {
        // Without a search everything is looked at.
        let search = AhoCorasick::new(stems).ok();
        let starts = |text: &str| search.as_ref().is_none_or(|search| search.is_match(text));
        named.extend(sources.ids().filter(|id| {
            let file = sources.file(*id);
            !scope.exempt(*id) && file.kind.is_walked() && file.text.as_deref().is_some_and(starts)
        }));
    }
    named
}

/// How other programs call a file: by its name without the extension, where that is long enough to be no common
/// word; else only by what tells it from the word.
fn called(path: &str) -> Vec<String> {
    let mut parts = path.rsplit('/');
    let name = parts.next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let folder = parts.next();
    if !matches!(stem, "index" | "main" | "__main__" | "mod") {
        if stem.len() > 3 {
            return vec![stem.to_owned()];
        }
        let mut out =
            vec![format!("./{stem}"), format!("\"{stem}\""), format!("'{stem}'"), format!("-m {stem}")];
        out.extend((name != stem).then(|| name.to_owned()));
        out.extend(
            folder.into_iter().flat_map(|folder| [format!("{folder}/{stem}"), format!("{folder}.{stem}")]),
        );
        return out;
    }
    // It goes by its folder's name.
    let Some(folder) = folder else { return vec![name.to_owned()] };
    let mut out = vec![format!("./{folder}"), format!("{folder}/{stem}"), format!("-m {folder}")];
    out.extend(
        parts.next().into_iter().flat_map(|above| [format!("{above}/{folder}"), format!("{above}.{folder}")]),
    );
    out
}

/// What a package manager or a hook's tool puts there itself is nobody's source. Where a program or an entry
/// of the repository leads to it, it is read like everything else.
fn is_installed(path: &str) -> bool {
    let below = |folder: &str| path.starts_with(folder) || path.contains(&format!("/{folder}"));
    [".yarn/releases/", ".yarn/plugins/", ".yarn/sdks/", ".yarn/unplugged/", "node_modules/", ".husky/_/"]
        .iter()
        .any(|folder| below(folder))
}

/// Programs that could hold surfaces, whoever starts them.
fn candidates(
    loaded: &Loaded,
    imports: &Imports,
    scope: &ScopeIndex,
    named: &BTreeSet<FileId>,
) -> BTreeSet<FileId> {
    let sources = &loaded.sources;
    let program = |id: &&FileId| sources.file(**id).kind.is_walked();
    let mut named: BTreeSet<FileId> = named.iter().filter(program).copied().collect();
    // Scripts of these languages name their library far away, in what starts the application.
    named.extend(sources.ids().filter(|id| !scope.exempt(*id) && is_foreign_script(sources.file(*id))));
    let calling: BTreeSet<FileId> =
        loaded.calling.iter().filter(program).filter(|id| !scope.exempt(**id)).copied().collect();
    let mut related = imports.related(&named, &calling);
    // Who calls what the application changes need not name a library, and its call may have any name.
    let application: Vec<FileId> =
        named.iter().filter(|id| scope.application.contains(id)).copied().collect();
    let through = imports.leading_to(application);
    related.extend(through.iter().filter(program).filter(|id| !scope.exempt(**id)));
    // The same holds for who calls a helper of the scripts: `exec("UPDATE …")` names nothing, either.
    let helped = imports.leading_to(named.iter().copied());
    let script = |id: &&FileId| {
        let file = sources.file(**id);
        !scope.exempt(**id) && !imports.is_imported(**id) && acts_when_loaded(file)
    };
    related.extend(helped.iter().filter(program).filter(script));
    let related: BTreeSet<FileId> = related
        .into_iter()
        .filter(|id| {
            let path = sources.path(*id);
            !scope.tests.contains(id)
                && !scope.quarantined.contains(id)
                && !scope.nested.contains(id)
                && !is_installed(path)
        })
        .collect();
    // Lowering is the expensive part, so it is done for all of them at once.
    related.iter().collect::<Vec<_>>().par_iter().for_each(|id| {
        let _ = sources.file(**id).lowered();
    });
    related
}

fn is_foreign_script(file: &SourceFile) -> bool {
    match (file.kind, &file.text) {
        (Kind::Foreign(language), Some(text)) => language.is_script(&file.path, text),
        _ => false,
    }
}

/// A cheap look: a program that does something as soon as it is loaded, and does not only define and export.
fn acts_when_loaded(file: &SourceFile) -> bool {
    let Some(text) = file.text.as_deref() else { return false };
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '$' | '.');
    match file.kind {
        Kind::JavaScript => text.lines().any(|line| {
            let called = line.trim_start_matches(word);
            ["await ", "void ", "(async", ";(async", "for ", "for(", "try {", "if ("]
                .iter()
                .any(|start| line.starts_with(start))
                || called.len() < line.len() && called.starts_with('(') && !line.starts_with("describe(")
        }),
        Kind::Python => text.lines().any(|line| {
            let called = line.trim_start_matches(word);
            line.starts_with("if __name__") || called.len() < line.len() && called.starts_with('(')
        }),
        _ => false,
    }
}

/// A cheap look: a program that has `CI` beside the environment, and an assignment behind it.
fn may_forge(file: &SourceFile) -> bool {
    let environment = match file.kind {
        Kind::JavaScript => ".env",
        Kind::Python => "environ",
        _ => return false,
    };
    let python = file.kind == Kind::Python;
    file.text.as_deref().is_some_and(|text| {
        memmem::find(text.as_bytes(), environment.as_bytes()).is_some()
            && memmem::find_iter(text.as_bytes(), "CI").any(|at| {
                let rest = text[at + 2..].trim_start_matches(['"', '\'', '`', ']', ' ']);
                let alone = !text[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
                alone
                    && (rest.starts_with(':')
                        || rest.starts_with("||=")
                        || rest.starts_with("??=")
                        || rest.starts_with('=') && !rest.starts_with("==")
                        || python && rest.starts_with(','))
            })
    })
}

type Worlds = (BTreeMap<(FileId, World), Walk>, Vec<GuardWalk>);

/// Walks declared scripts and named guards where a guard must hold.
fn walk_worlds(
    context: &Context<'_>,
    contract: Option<&Contract>,
    scope: &ScopeIndex,
    contract_file: Option<FileId>,
) -> Worlds {
    let mut worlds = BTreeMap::new();
    let mut guards = Vec::new();
    let (Some(contract), Some(contract_file)) = (contract, contract_file) else { return (worlds, guards) };
    for file in scope.scripts.keys() {
        for world in [World::NoCi, World::WrongDatabase, World::NoProof] {
            worlds.insert((*file, world), Walker::new(context, world).program(*file, false));
        }
    }
    for file in &scope.connections {
        worlds
            .insert((*file, World::WrongDatabase), Walker::connection(context, World::WrongDatabase, *file));
    }
    let named = contract
        .guards
        .ci
        .iter()
        .map(|s| (s, false))
        .chain(contract.guards.fingerprint.iter().map(|s| (s, true)));
    for (symbol, fingerprint) in named {
        let at = Place { file: contract_file, span: symbol.span };
        let file = context.sources.find(&symbol.path);
        let world = if fingerprint { World::WrongDatabase } else { World::NoCi };
        let Some(file) = file else { continue };
        let walk = Walker::new(context, world).function(file, &symbol.name);
        guards.push(GuardWalk { at, file: Some(file), name: symbol.name.clone(), fingerprint, walk });
    }
    (worlds, guards)
}
