use super::*;

/// Applies all, and tells what the last one destroys: `operation table(columns)`.
fn last(files: &[&str], dialect: Option<SqlDialect>) -> Vec<String> {
    let mut catalog = Catalog::default();
    let mut out = Vec::new();
    for file in files {
        out = catalog.apply(file, dialect);
    }
    out.iter()
        .map(|found| {
            let name = found.destructive.map_or("", Destructive::name);
            format!("{name}: {}", found.effect.describe())
        })
        .collect()
}

const INIT: &str = r#"CREATE TABLE "readers" (
    "id" TEXT NOT NULL, "email" VARCHAR(255) NOT NULL, "card_no" BIGINT NOT NULL, "price" DECIMAL(10,2),
    CONSTRAINT "readers_pkey" PRIMARY KEY ("id"));"#;

#[test]
fn what_destroys_is_told_with_its_kind() {
    let rows: &[(&str, &[&str])] = &[
        (r#"ALTER TABLE "readers" DROP COLUMN "email";"#, &["drop-column: drop readers(email)"]),
        (r#"DROP TABLE "readers";"#, &["drop-table: drop readers"]),
        (
            "DROP SCHEMA s; DROP DATABASE d; DROP TYPE t",
            &["drop-schema: drop", "drop-database: drop", "drop-type: drop"],
        ),
        ("TRUNCATE readers", &["truncate: truncate readers"]),
        ("DELETE FROM readers a USING readers b WHERE a.id > b.id", &["delete: delete readers"]),
        ("DO $$ BEGIN DELETE FROM readers; END $$", &["delete: delete readers"]),
        (
            r#"ALTER TABLE "readers" ALTER COLUMN "email" SET DATA TYPE VARCHAR(64), ALTER COLUMN "card_no" SET DATA TYPE INTEGER;"#,
            &["narrow-type: alter readers(email)", "narrow-type: alter readers(card_no)"],
        ),
        ("ALTER TABLE readers ALTER COLUMN email TYPE text, ALTER COLUMN email DROP NOT NULL", &[]),
        ("ALTER TABLE readers ALTER price TYPE numeric(12, 2), DROP CONSTRAINT x", &[]),
        ("ALTER TABLE readers ALTER price TYPE numeric(8,2)", &["narrow-type: alter readers(price)"]),
        ("ALTER TABLE unseen ALTER a TYPE varchar(9)", &["narrow-type: alter unseen(a)"]),
        ("ALTER TABLE unseen ALTER a TYPE text, ALTER b TYPE bigint", &[]),
        ("ALTER TABLE readers RENAME TO people; ALTER TABLE people RENAME email TO mail", &[]),
        ("DROP VIEW v; DROP INDEX i; DROP FUNCTION f; DROP SEQUENCE s; DROP TRIGGER t ON readers", &[]),
        ("CREATE TABLE scratch (id int); DROP TABLE scratch;", &[]),
        ("CREATE TABLE IF NOT EXISTS scratch (id int); DROP TABLE scratch;", &["drop-table: drop scratch"]),
        ("DROP TABLE IF EXISTS scratch; CREATE TABLE scratch (id int);", &["drop-table: drop scratch"]),
        ("COMMENT ON TABLE readers IS 'DROP TABLE readers; DELETE FROM readers'", &[]),
    ];
    for (sql, expected) in rows {
        assert_eq!(last(&[INIT, sql], None), *expected, "{sql}");
    }
}

#[test]
fn types_follow_renames_and_earlier_changes() {
    let widened = "ALTER TABLE readers RENAME TO people; ALTER TABLE people ALTER email TYPE varchar(400)";
    assert_eq!(
        last(&[INIT, widened, "ALTER TABLE people ALTER email TYPE varchar(300)"], None),
        ["narrow-type: alter people(email)"]
    );
}

#[test]
fn mysql_modify_and_change_are_compared() {
    let init = "CREATE TABLE t (`a` VARCHAR(191) NOT NULL, `b` INT, `e` ENUM('x','y'))";
    let mysql = Some(SqlDialect::MySql);
    assert_eq!(
        last(&[init, "ALTER TABLE t MODIFY a VARCHAR(255) NOT NULL, MODIFY COLUMN b BIGINT NULL"], mysql),
        [""; 0]
    );
    assert_eq!(
        last(&[init, "ALTER TABLE t MODIFY `a` VARCHAR(20), CHANGE b c TINYINT, MODIFY e ENUM('x')"], mysql),
        ["narrow-type: alter t(a)", "narrow-type: alter t(c)", "narrow-type: alter t(e)"]
    );
}

const SQLITE_INIT: &str =
    r#"CREATE TABLE "User" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT, "age" INTEGER);"#;

#[test]
fn a_rebuilt_sqlite_table_loses_only_what_it_loses() {
    let same = r#"PRAGMA foreign_keys=OFF;
CREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT NOT NULL DEFAULT '', "age" INTEGER);
INSERT INTO "new_User" ("id", "name", "age") SELECT "id", coalesce("name", '') AS "name", "age" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";"#;
    assert_eq!(last(&[SQLITE_INIT, same], Some(SqlDialect::Sqlite)), [""; 0]);
    let less = r#"CREATE TABLE "new_User" ("id" INTEGER NOT NULL PRIMARY KEY, "name" TEXT);
INSERT INTO "new_User" ("id", "name") SELECT "id", "name" FROM "User";
DROP TABLE "User";
ALTER TABLE "new_User" RENAME TO "User";"#;
    assert_eq!(last(&[SQLITE_INIT, less], None), ["drop-column: drop User(age)"]);
    let filtered = less.replace(r#"FROM "User""#, r#"FROM "User" WHERE id > 5"#);
    assert_eq!(last(&[SQLITE_INIT, &filtered], None), ["drop-table: drop User"]);
    let uncopied = less.replace("INSERT INTO", "-- INSERT INTO");
    assert_eq!(last(&[SQLITE_INIT, &uncopied], None), ["drop-table: drop User"]);
}

#[test]
fn an_enum_that_loses_a_value_narrows() {
    let init = r#"CREATE TYPE "S" AS ENUM ('A', 'B'); CREATE TABLE t (s "S");"#;
    let rebuild = r#"BEGIN; CREATE TYPE "S_new" AS ENUM ('A');
ALTER TABLE "t" ALTER COLUMN "s" TYPE "S_new" USING ("s"::text::"S_new");
ALTER TYPE "S" RENAME TO "S_old"; ALTER TYPE "S_new" RENAME TO "S"; DROP TYPE "S_old"; COMMIT;"#;
    assert_eq!(last(&[init, rebuild], None), ["narrow-type: alter t(s)", "drop-type: drop"]);
    let wider = rebuild.replace("('A')", "('A', 'B', 'C')");
    assert_eq!(last(&[init, &wider], None), ["drop-type: drop"]);
}
