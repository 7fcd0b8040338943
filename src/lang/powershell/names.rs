//! Names of the language itself: aliases, verbs, and cmdlets that only show or pass things on.

use crate::words::flow::{ExprKind, Run};

/// Aliases that PowerShell comes with, those that matter to what a script does.
const ALIASES: &[(&str, &str)] = &[
    ("iex", "invoke-expression"),
    ("icm", "invoke-command"),
    ("saps", "start-process"),
    ("start", "start-process"),
    ("sajb", "start-job"),
    ("%", "foreach-object"),
    ("foreach", "foreach-object"),
    ("?", "where-object"),
    ("where", "where-object"),
    ("gi", "get-item"),
    ("gci", "get-childitem"),
    ("dir", "get-childitem"),
    ("ls", "get-childitem"),
    ("gc", "get-content"),
    ("cat", "get-content"),
    ("type", "get-content"),
    ("si", "set-item"),
    ("ni", "new-item"),
    ("ri", "remove-item"),
    ("rm", "remove-item"),
    ("del", "remove-item"),
    ("sv", "set-variable"),
    ("set", "set-variable"),
    ("nv", "new-variable"),
    ("gv", "get-variable"),
    ("ipmo", "import-module"),
    ("cd", "set-location"),
    ("sl", "set-location"),
    ("chdir", "set-location"),
    ("pushd", "push-location"),
    ("popd", "pop-location"),
    ("echo", "write-output"),
    ("write", "write-output"),
    ("sleep", "start-sleep"),
    ("select", "select-object"),
    ("sort", "sort-object"),
    ("tee", "tee-object"),
    ("measure", "measure-object"),
    ("group", "group-object"),
    ("ft", "format-table"),
    ("fl", "format-list"),
    ("oh", "out-host"),
    ("sal", "set-alias"),
    ("nal", "new-alias"),
    ("rvpa", "resolve-path"),
    ("curl", "invoke-webrequest"),
    ("iwr", "invoke-webrequest"),
    ("irm", "invoke-restmethod"),
    ("kill", "stop-process"),
    ("ps", "get-process"),
    ("cp", "copy-item"),
    ("copy", "copy-item"),
    ("mv", "move-item"),
    ("move", "move-item"),
    ("mkdir", "new-item"),
    ("md", "new-item"),
    ("rcjb", "receive-job"),
    ("wjb", "wait-job"),
];

/// First words of cmdlets and of functions that follow their custom.
const VERBS: &str = " add approve assert backup block build checkpoint clear close compare complete compress \
    confirm connect convert convertfrom convertto copy debug deny deploy disable disconnect dismount edit enable enter \
    ensure exit expand export find foreach format get grant group hide import initialize install invoke join limit lock \
    measure merge mount move new open optimize out ping pop protect publish push read receive redo \
    register remove rename repair request require reset resize resolve restart restore resume revoke save \
    search select send set show skip sort split start step stop submit suspend switch sync tee test trace \
    unblock undo uninstall unlock unprotect unpublish unregister update use wait watch where write ";

/// Cmdlets that only write something for people.
const SAYS: &[&str] = &[
    "write-host",
    "write-warning",
    "write-verbose",
    "write-information",
    "write-debug",
    "write-progress",
    "out-null",
    "out-host",
];

/// The name in small letters, with an alias spelt out.
pub(super) fn canonical(name: &str) -> String {
    let folded = name.to_ascii_lowercase();
    let module = folded.rsplit_once('\\').filter(|(front, _)| !front.contains(['.', '/', ':']));
    let bare = module.map_or(folded.as_str(), |(_, name)| name);
    let spelt = ALIASES.iter().find(|(alias, _)| *alias == bare).map(|(_, full)| *full);
    spelt.unwrap_or(bare).to_owned()
}

/// `Verb-Noun`, as cmdlets and functions are called, and programs hardly ever.
pub(super) fn is_cmdlet(name: &str) -> bool {
    name.split_once('-').is_some_and(|(verb, noun)| {
        !noun.is_empty() && VERBS.contains(&format!(" {} ", verb.to_ascii_lowercase()))
    })
}

/// Looks at how something ended, by the custom of such names.
pub(super) fn is_check(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["assert", "check", "confirm", "test-", "ensure", "verify", "throw"]
        .iter()
        .any(|verb| name.starts_with(verb))
        || ["exitcode", "lastexit", "ifailed", "onfailure", "failed"].iter().any(|part| name.contains(part))
}

pub(super) fn says(called: &str) -> bool {
    SAYS.contains(&called)
}

/// Behind a `|`, this changes nothing about how the stage before ended.
pub(super) fn passes(called: &str) -> bool {
    let start =
        ["out-", "select-", "sort-", "format-", "convertto-", "export-", "measure-", "group-", "write-"];
    start.iter().any(|start| called.starts_with(start))
        || matches!(
            called,
            "tee-object"
                | "set-content"
                | "add-content"
                | "wait-job"
                | "receive-job"
                | "wait-process"
                | "set-variable"
        )
}

pub(super) fn called(run: &Run) -> Option<&str> {
    match run.words.first().map(|word| &*word.kind) {
        Some(ExprKind::Text(name)) => Some(name),
        _ => None,
    }
}

pub(super) fn only_says(run: &Run) -> bool {
    called(run).is_some_and(says)
}

/// A program of its own, whose failure is only a number.
pub(super) fn starts_program(run: &Run) -> bool {
    called(run).is_some_and(|name| {
        let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
        !is_cmdlet(name) && !ending.eq_ignore_ascii_case("ps1") && !name.is_empty()
    })
}
