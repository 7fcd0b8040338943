//! What each key of the contract means, in one line: for editors, and for the reference page.

use serde_json::Value;

pub(super) const KEYS: &[(&str, &str)] = &[
    ("version", "The format. There is one."),
    ("project", "Stands in every mark and in the audience of every token. Default: the empty name."),
    ("environments", "The environments, and the policy of each as a table of its name."),
    ("environments.known", "All environments."),
    ("environments.protected", "Those whose databases only CI may change. Default: all but dev."),
    ("environments.*", "What an environment asks for before anything connects to it."),
    ("environments.*.database", "The variable that holds the URL, never a URL."),
    ("environments.*.mark", "The pinned fingerprint, as `guard fingerprint init` printed it."),
    ("environments.*.lineage", "The pinned lineage, as `guard fingerprint init` printed it."),
    ("environments.*.hosts", "Where this environment may live: names, never addresses."),
    ("environments.*.proof", "What CI must prove."),
    ("environments.*.keys", "Public keys that may sign this environment's fingerprint: `guard keys new`."),
    ("environments.*.deploy_keys", "Public keys for `proof = \"deploy-key\"`."),
    ("environments.*.oidc", "The provider, and the claims that must hold; a list admits each of its values."),
    ("environments.*.oidc.provider", "Whose tokens: the issuer is compiled in."),
    ("environments.*.oidc.issuer", "An issuer of one's own: GitHub Enterprise Server, self-managed GitLab."),
    ("environments.*.oidc.jwks", "A file with the issuer's keys, for machines with no way out."),
    ("environments.*.oidc.ca", "A file with the authority that vouches for the issuer's server."),
    ("environments.*.oidc.max_age", "How old a token may be. Default: 5m."),
    ("environments.*.oidc.*", "A claim of the provider's tokens, and what it must be."),
    ("scope", "What is judged otherwise than as a script."),
    ("scope.application", "Globs: writes here are business logic, as long as only the server runs them."),
    ("scope.tests", "Globs: tests."),
    ("scope.built", "Built folder to source folder, where tsconfig does not say it."),
    ("scope.built.*", "The source folder."),
    ("guards", "Functions that are guards, if analysis agrees that they are."),
    ("guards.ci", "`file#function`: stops outside CI."),
    ("guards.fingerprint", "`file#function`: stops on another database."),
    (
        "connection",
        "Modules of the application that open connections: the fingerprint check must come first.",
    ),
    ("connection.path", "The file."),
    ("script", "Files that may have effects."),
    ("script.path", "The file."),
    ("script.environment", "For which environments it may run."),
    ("script.reads", "Other environments that it reads: their fingerprints are checked, too."),
    ("script.commands", "Exact arguments; a trailing `*` admits more."),
    (
        "script.enforced",
        "`inline`: it carries its guards; `wrapper`: it is started by `guard migrate` or `guard run` alone.",
    ),
    ("script.tables", "Tables that it may change, each with how."),
    ("script.tables.*", "A table, as the database or the ORM calls it."),
    ("script.tables.*.operations", "What it may do to the table. Default: nothing."),
    ("script.tables.*.columns", "Columns that it may write. Default: every column."),
    ("retired", "Kept, but must exit non-zero before they do anything but print."),
    ("retired.path", "The file."),
    ("retired.use", "What to use instead."),
    ("quarantine", "Legacy: may exist, may not change, may not be reachable from anything that is started."),
    ("quarantine.path", "A path or glob."),
    ("forbidden", "What no script may do, whatever its own entry says."),
    ("forbidden.operations", "Operations that never happen on a protected environment."),
    ("migrations", "The one way in which tables change their shape."),
    ("migrations.path", "The folder."),
    ("migrations.tool", "Who keeps the history; `sql` for any other folder of SQL files."),
    ("migrations.commands", "What `guard migrate -- COMMAND` may wrap where no script stands between."),
    ("migrations.destructive", "Whether migrations may destroy data without an entry below."),
    ("migrations.allow", "Single files that may destroy."),
    ("migrations.allow.file", "Relative to the folder."),
    ("migrations.allow.operations", "What this file may destroy."),
    ("migrations.allow.reason", "Why this is right for good."),
    ("sequence", "Orders of steps in pipelines."),
    ("sequence.steps", "In any workflow that has the last one, the others come before it and gate it."),
    ("nested", "Folders that are judged by a contract of their own."),
    ("nested.path", "The folder."),
    ("approval", "Who may permit more than this."),
    ("approval.signers", "OpenSSH allowed_signers."),
    ("approval.presence", "Only hardware keys whose signature shows a touch."),
];

/// Writes the texts into a schema, each at its dotted path: lists are gone through, `*` is every other key.
pub(crate) fn describe(schema: &mut Value, texts: &[(&str, &str)]) {
    for (path, text) in texts {
        if let Some(Value::Object(at)) = find(schema, path) {
            at.insert("description".to_owned(), (*text).into());
        }
    }
}

fn find<'a>(schema: &'a mut Value, path: &str) -> Option<&'a mut Value> {
    path.split('.').try_fold(schema, |at, key| {
        let at = if at.get("items").is_some_and(|items| items.get("properties").is_some()) {
            at.get_mut("items")?
        } else {
            at
        };
        match key {
            "*" => at.get_mut("additionalProperties"),
            key => at.get_mut("properties")?.get_mut(key),
        }
    })
}
