//! What is a written password, and what only looks like one.

use super::*;
use proptest::prelude::*;

#[test]
fn defaults_and_written_passwords_are_found() {
    for (path, text, shown) in [
        ("compose.yaml", "      ADMIN_PASSWORD: ${ADMIN_PASSWORD:-admin123}", "ADMIN_PASSWORD:-admin123"),
        ("a.sh", "pw=${ADMIN_PASSWORD-admin}", "ADMIN_PASSWORD-admin"),
        ("a.sh", "ADMIN_PASSWORD=\"s3cret\" ./x", "ADMIN_PASSWORD=\"s3cret"),
        ("a.ts", "const p = process.env.ADMIN_PASSWORD || \"admin\";", "ADMIN_PASSWORD || \"admin"),
        ("a.ts", "process.env[\"ADMIN_PASSWORD\"] ?? 'changeme'", "ADMIN_PASSWORD\"] ?? 'changeme"),
        (
            "a.ts",
            "ADMIN_PASSWORD: z.string().default(\"admin1\"),",
            "ADMIN_PASSWORD: z.string().default(\"admin1",
        ),
        ("a.ts", "const adminPassword: string = \"hunter2\";", "adminPassword: string = \"hunter2"),
        ("a.py", "os.environ.get(\"ADMIN_PASSWORD\", \"admin\")", "ADMIN_PASSWORD\", \"admin"),
        ("a.py", "os.getenv('ADMIN_PASSWORD') or 'admin'", "ADMIN_PASSWORD') or 'admin"),
        (".env", "ADMIN_PASSWORD=admin123", "ADMIN_PASSWORD=admin123"),
        (".env.example", "ADMIN_PASSWORD=changeme", "ADMIN_PASSWORD=changeme"),
        ("Dockerfile", "ENV ADMIN_PASSWORD admin123", "ADMIN_PASSWORD admin123"),
        ("compose.yml", "      - GF_SECURITY_ADMIN_PASSWORD=changeme", "GF_SECURITY_ADMIN_PASSWORD=changeme"),
        ("a.sh", "create-user --admin-password hunter2 --x", "admin-password hunter2"),
        ("a.sh", "export DJANGO_SUPERUSER_PASSWORD=admin", "DJANGO_SUPERUSER_PASSWORD=admin"),
        ("README.md", "Set `ADMIN_PASSWORD=admin123` first", "ADMIN_PASSWORD=admin123"),
        ("README.md", "The admin password is `letmein`.", "password is `letmein"),
        (
            "v.yaml",
            "x: {{ .Values.adminPassword | default \"hunter2\" }}",
            "adminPassword | default \"hunter2",
        ),
        ("a.ps1", "$AdminPassword = 'hunter2'", "AdminPassword = 'hunter2"),
        ("a.json", "{ \"adminPassword\": \"hunter2\" }", "adminPassword\": \"hunter2"),
    ] {
        let found: Vec<_> = scan(path, text, &Marks::of(text))
            .into_iter()
            .map(|hit| text[hit.span.range()].to_owned())
            .collect();
        assert_eq!(found, [shown], "{path}: {text}");
    }
}

#[test]
fn placeholders_names_and_other_passwords_are_silent() {
    for (path, text) in [
        ("compose.yaml", "ADMIN_PASSWORD: ${ADMIN_PASSWORD:?set it}"),
        ("compose.yaml", "ADMIN_PASSWORD: ${ADMIN_PASSWORD}"),
        ("compose.yaml", "ADMIN_PASSWORD: ${ADMIN_PASSWORD:-}"),
        ("compose.yaml", "POSTGRES_PASSWORD: postgres"),
        ("compose.yaml", "MYSQL_ROOT_PASSWORD: root"),
        ("compose.yaml", "ADMIN_PASSWORD:"),
        ("ci.yml", "ADMIN_PASSWORD: ${{ secrets.ADMIN_PASSWORD }}"),
        (".env.example", "ADMIN_PASSWORD="),
        (".env.example", "ADMIN_PASSWORD=change-me"),
        (".env.example", "ADMIN_PASSWORD=<your password>"),
        (".env", "ADMIN_PASSWORD_FILE=/run/secrets/x"),
        ("a.ts", "const adminPassword = process.env.ADMIN_PASSWORD;"),
        ("a.ts", "if (adminPassword === \"changeme\") throw new Error()"),
        ("a.ts", "const required = [\"ADMIN_PASSWORD\", \"OTHER\"];"),
        ("a.ts", "interface A { adminPassword: string; }"),
        ("a.ts", "adminPassword: \"Admin password\""),
        ("a.test.ts", "process.env.ADMIN_PASSWORD = \"admin\""),
        ("a.ts", "resetAdminPassword: \"Go\", adminPassword: '/admin/password',"),
        ("a.ts", "ADMIN_PASSWORD: z.string(), LOG: z.string().default(\"info\"),"),
        ("a.graphql", "adminPassword: String!"),
        ("guard.toml", "auth_env = \"ADMIN_PASSWORD\""),
        ("README.md", "`ADMIN_PASSWORD`: the password of the admin"),
        ("README.md", "The admin password is stored in the vault."),
        ("a.sh", "ADMIN_PASSWORD=$(openssl rand -hex 16)"),
        ("a.sh", "[ -n \"$ADMIN_PASSWORD\" ] || exit 1"),
    ] {
        assert_eq!(scan(path, text, &Marks::of(text)), [], "{path}: {text}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(ADMIN_|admin|PASSWORD|passwd|pwd|[ :=\"'$`{}(),|?é\n-]|is|ENV|default){0,30}") {
        for path in ["a.ts", "a.md", ".env"] {
            let _ = scan(path, &text, &Marks::of(&text));
        }
    }
}
