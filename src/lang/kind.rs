//! Which front end reads a file, told by its name, its place and its first line.

use super::foreign::Language;
use super::lies_in;
use super::platform::Platform;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    JavaScript,
    Python,
    Rust,
    Shell,
    PowerShell,
    /// `.bat`, `.cmd`: surfaces are found, guards are not believed.
    Batch,
    Sql,
    PackageJson,
    /// `.github/workflows/*.yml`
    Workflow,
    /// `action.yml`
    Action,
    Make,
    Docker,
    Compose,
    DotEnv,
    Husky,
    Lefthook,
    PreCommit,
    GuardToml,
    /// CI of other providers, platforms, schedulers: see [`Platform`].
    Platform(Platform),
    /// Ruby, PHP, Go.
    Foreign(Language),
    /// cloudflared, nginx, Caddy: where requests are sent on to.
    Origin,
    PrismaSchema,
    TsConfig,
    /// Markdown and other prose: read by the drift and secret rules alone.
    Document,
    /// Other configuration as text: secret and drift rules.
    Config,
    /// Nothing that guard reads.
    Other,
}

impl Kind {
    /// Files of this kind are programs whose paths are followed.
    #[must_use]
    pub fn is_walked(self) -> bool {
        matches!(
            self,
            Self::JavaScript | Self::Python | Self::Rust | Self::Shell | Self::PowerShell | Self::Batch
        )
    }

    /// By path and the first bytes (for a `#!` line).
    #[must_use]
    pub fn of(path: &str, head: &[u8]) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let lower = name.to_ascii_lowercase();
        let extension = lower.rsplit_once('.').map_or("", |(_, ext)| ext);
        if let Some(kind) = Self::by_place(path, &lower, extension) {
            return kind;
        }
        if let Some(platform) = Platform::of(path, &lower, extension, head) {
            return Self::Platform(platform);
        }
        // A tunnel's configuration goes under any name (`tunnel.yml`): it says which tunnel it is for.
        if matches!(extension, "yml" | "yaml") && is_tunnel(head) {
            return Self::Origin;
        }
        if let Some(language) = Language::of(&lower, extension) {
            return Self::Foreign(language);
        }
        match extension {
            "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" | "vue" | "svelte" | "astro" => {
                Self::JavaScript
            }
            "py" | "pyw" | "ipynb" => Self::Python,
            "rs" => Self::Rust,
            "sh" | "bash" | "ksh" | "zsh" | "bats" => Self::Shell,
            "ps1" | "psm1" => Self::PowerShell,
            "bat" | "cmd" => Self::Batch,
            "sql" | "psql" | "ddl" => Self::Sql,
            "mk" | "mak" => Self::Make,
            "prisma" => Self::PrismaSchema,
            // A first line that names an interpreter makes a program of anything.
            _ if head.starts_with(b"#!") && Self::by_shebang(head) != Self::Other => Self::by_shebang(head),
            "md" | "markdown" | "mdx" | "rst" | "txt" | "adoc" => Self::Document,
            "yml" | "yaml" | "json" | "jsonc" | "toml" | "ini" | "cfg" | "conf" | "properties" | "xml"
            | "pth" => Self::Config,
            _ => Self::by_shebang(head),
        }
    }

    fn by_place(path: &str, lower: &str, extension: &str) -> Option<Self> {
        let yaml = matches!(extension, "yml" | "yaml");
        let in_folder = |folder: &str| lies_in(path, folder);
        Some(match lower {
            "package.json" => Self::PackageJson,
            "makefile" | "gnumakefile" => Self::Make,
            "guard.toml" => Self::GuardToml,
            "caddyfile" | "nginx.conf" => Self::Origin,
            "action.yml" | "action.yaml" => Self::Action,
            "lefthook.yml" | "lefthook.yaml" | ".lefthook.yml" | ".lefthook.yaml" | "lefthook-local.yml" => {
                Self::Lefthook
            }
            ".pre-commit-config.yaml" | ".pre-commit-config.yml" => Self::PreCommit,
            _ if lower == "dockerfile"
                || lower == "containerfile"
                || lower.starts_with("dockerfile.")
                || lower.starts_with("containerfile.")
                || extension == "dockerfile" =>
            {
                Self::Docker
            }
            _ if yaml && (lower.starts_with("compose.") || lower.starts_with("docker-compose")) => {
                Self::Compose
            }
            _ if yaml && lower.starts_with("compose-") => Self::Compose,
            ".envrc" => Self::Shell,
            ".npmrc" => Self::Config,
            _ if lower == ".env" || lower.starts_with(".env.") || extension == "env" => Self::DotEnv,
            _ if yaml && path.starts_with(".github/workflows/") => Self::Workflow,
            _ if yaml
                && (lower.contains("cloudflared")
                    || in_folder("cloudflared/")
                    || in_folder(".cloudflared/")) =>
            {
                Self::Origin
            }
            _ if in_folder(".husky/") && extension.is_empty() => Self::Husky,
            _ if in_folder(".githooks/") && extension.is_empty() => Self::Husky,
            _ if extension == "conf" && (lower.contains("nginx") || in_folder("nginx/")) => Self::Origin,
            _ if extension == "caddyfile" || lower.starts_with("caddyfile.") => Self::Origin,
            _ if lower == "tsconfig.json"
                || lower == "jsconfig.json"
                || (lower.starts_with("tsconfig.") && extension == "json") =>
            {
                Self::TsConfig
            }
            _ => return None,
        })
    }

    fn by_shebang(head: &[u8]) -> Self {
        let Some(line) = head.strip_prefix(b"#!").and_then(|rest| rest.split(|b| *b == b'\n').next()) else {
            return Self::Other;
        };
        let line = String::from_utf8_lossy(line);
        let is = |names: &[&str]| {
            line.split(|c: char| c == '/' || c.is_whitespace()).any(|word| names.contains(&word))
        };
        if is(&["sh", "bash", "dash", "ksh", "zsh", "ash"]) {
            Self::Shell
        } else if is(&["pwsh", "powershell"]) {
            Self::PowerShell
        } else if is(&["node", "tsx", "ts-node", "bun", "deno"]) {
            Self::JavaScript
        } else if line.split(|c: char| c == '/' || c.is_whitespace()).any(|word| word.starts_with("python")) {
            Self::Python
        } else if is(&["make"]) {
            Self::Make
        } else if let Some(language) = Language::by_interpreter(&line.split(['/', ' ']).collect::<Vec<_>>()) {
            Self::Foreign(language)
        } else {
            Self::Other
        }
    }
}

fn is_tunnel(head: &[u8]) -> bool {
    head.split(|byte| *byte == b'\n')
        .any(|line| line.starts_with(b"tunnel:") || line.starts_with(b"credentials-file:"))
}
