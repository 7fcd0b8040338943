//! The files of the shop that every history begins with.

pub(crate) const CONTRACT: &str = "contract/mutation.toml";
pub(crate) const LOCK: &str = "contract/mutation.lock";
pub(crate) const SIGNERS: &str = "contract/allowed_signers";

pub(crate) const POLICY: &str = r#"
[environments.prod]
database = "DATABASE_URL"
mark = "5f"
lineage = "pg:1"
hosts = ["db.shop.example"]
proof = "oidc"
keys = ["ed25519:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="]
[environments.prod.oidc]
provider = "github"
repository_id = "1"
ref = ["refs/heads/main"]
max_age = "5m"
"#;

pub(crate) const FROZEN: &str = r#"version = 1
project = "shop"

[environments]
known     = ["dev", "staging", "prod"]
protected = ["staging", "prod"]

[scope]
application = ["app/**"]
tests       = ["tests/**"]

[guards]
ci          = ["lib/ci.ts#requireCi"]
fingerprint = ["lib/fingerprint.ts#requireFingerprint"]

[[connection]]
path = "lib/db.ts"

[[script]]
path        = "scripts/rename.ts"
environment = "prod"
[script.tables.services]
operations  = ["update"]
columns     = ["name"]

[[retired]]
path = "scripts/old.sh"
use  = "scripts/rename.ts"

[[quarantine]]
path = "old/**"

[forbidden]
operations = ["delete", "truncate", "drop", "raw-sql", "bulk-import"]

[migrations]
path        = "migrations"
tool        = "sql"
destructive = "forbid"

[[sequence]]
steps = ["npm run a", "npm run b"]

[approval]
signers = "contract/allowed_signers"
"#;

pub(crate) const DB: &str = r#"import { requireFingerprint } from "./fingerprint";

requireFingerprint("prod");

export async function connect() {
  const { Client } = await import("pg");
  return new Client({ connectionString: process.env.DATABASE_URL, base: process.env.BASE_URL, token: process.env.TOKEN });
}
"#;

pub(crate) const GATES: &str = r#"[deploy]
required_env = ["DATABASE_URL", "BASE_URL"]
required_tables = ["services"]

[[service]]
name = "backend"
command = ["node", "app/server.js"]
port = 3001
required = true
[[service.ready]]
http = "/health"

[[smoke]]
name = "site"
url = "https://shop.example/"
contains = "Welcome"
"#;

pub(crate) const CHECK: &str = r"name: guard
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  guard:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - run: guard check
";
