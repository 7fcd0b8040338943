use super::*;
use crate::words::effect::Columns;
use SqlDialect::{MySql, Postgres, Sqlite};
use proptest::prelude::*;

fn described(reading: &Reading) -> Vec<String> {
    let mut out: Vec<String> = reading
        .effects
        .iter()
        .map(|found| {
            let mut text = found.effect.describe();
            if found.effect.columns == Columns::Unknown {
                text.push_str("(?)");
            }
            text
        })
        .collect();
    out.sort();
    out
}

#[track_caller]
fn check(sql: &str, dialect: Option<SqlDialect>, expected: &[&str]) {
    let reading = read_str(sql, dialect);
    let mut expected: Vec<String> = expected.iter().map(|s| (*s).to_owned()).collect();
    expected.sort();
    assert_eq!(described(&reading), expected, "{sql} {:?}", reading.problems);
}

const RAW: &str = "raw-sql a table that only the run knows";

type Row = (&'static str, &'static [&'static str]);

#[test]
fn what_every_dialect_says_alike_is_read_alike() {
    let rows: &[Row] = &[
        ("INSERT INTO t (a, b) VALUES (1, 2)", &["insert t(a, b)"]),
        ("insert into public.t values (1)", &["insert t(?)"]),
        ("INSERT INTO billing.t (a) VALUES (1)", &["insert billing.t(a)"]),
        ("INSERT INTO t DEFAULT VALUES", &["insert t"]),
        ("INSERT INTO t SELECT * FROM u", &["insert t(?)"]),
        ("INSERT INTO t (a) SELECT b FROM u WHERE x = ?", &["insert t(a)"]),
        ("INSERT INTO \"T\" (\"aB\") VALUES ($1)", &["insert T(aB)"]),
        ("INSERT INTO t (a) VALUES ('it''s; DELETE FROM x')", &["insert t(a)"]),
        ("UPDATE t SET a = 1, b = (SELECT max(c) FROM u) WHERE id = 1", &["update t(a, b)"]),
        ("UPDATE t SET a = a || ',' WHERE b IN (SELECT id FROM q FOR UPDATE)", &["update t(a)"]),
        ("UPDATE t x SET a = 1", &["update t(a)"]),
        ("UPDATE t AS x SET x.a = 1", &["update t(a)"]),
        ("DELETE FROM t", &["delete t"]),
        ("DELETE FROM t WHERE id = :id", &["delete t"]),
        ("delete from \"Order\" where 1=1", &["delete Order"]),
        ("DELETE FROM t;DELETE FROM u", &["delete t", "delete u"]),
        ("DROP TABLE t", &["drop t"]),
        ("DROP TABLE IF EXISTS a, b CASCADE", &["drop a", "drop b"]),
        ("DROP VIEW v", &["drop v"]),
        ("DROP INDEX i", &["drop"]),
        ("DROP DATABASE d", &["drop"]),
        ("DROP TRIGGER x ON t", &["drop t"]),
        ("CREATE TABLE t (id int, note text DEFAULT 'DROP TABLE x')", &["create t"]),
        ("CREATE TABLE IF NOT EXISTS t AS SELECT * FROM u", &["create t"]),
        ("CREATE TEMP TABLE t (id int)", &[]),
        ("CREATE TEMPORARY TABLE t AS SELECT 1", &[]),
        ("CREATE VIEW v AS SELECT * FROM t", &["create v"]),
        ("CREATE UNIQUE INDEX i ON t (a) WHERE state = 'delete'", &["create t"]),
        ("CREATE TABLE t (a int REFERENCES u(id) ON DELETE CASCADE ON UPDATE SET NULL)", &["create t"]),
        ("CREATE TABLE t (a text CHECK (a IN ('insert','update','delete','truncate')))", &["create t"]),
        ("ALTER TABLE t ADD COLUMN a int", &["alter t"]),
        ("ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES u(id) ON DELETE SET NULL", &["alter t"]),
        ("ALTER TABLE t DROP COLUMN a", &["alter t", "drop t(a)"]),
        ("ALTER TABLE t RENAME TO u", &["alter t"]),
        ("ALTER TABLE t RENAME COLUMN a TO b", &["alter t"]),
        ("SELECT 1", &[]),
        ("SELECT * FROM t WHERE action = 'DELETE FROM x; DROP TABLE y'", &[]),
        ("SELECT count(*) FROM deleted_rows -- DELETE FROM t", &[]),
        ("/* DROP TABLE t; */ SELECT 1", &[]),
        ("SELECT * FROM t FOR UPDATE", &[]),
        ("SELECT \"delete\", \"update\" FROM \"drop\"", &[]),
        ("SELECT replace(a, 'x', 'y') FROM t", &[]),
        ("BEGIN; UPDATE t SET a = 1; COMMIT;", &["update t(a)"]),
        ("ROLLBACK", &[]),
        ("START TRANSACTION", &[]),
        ("SET x = 1", &[]),
        ("EXPLAIN DELETE FROM t", &[]),
        ("EXPLAIN ANALYZE DELETE FROM t", &["delete t"]),
        ("WITH x AS (SELECT 1) DELETE FROM t USING x", &["delete t"]),
        (
            "WITH RECURSIVE x AS (SELECT 1), y (a) AS (SELECT 2) INSERT INTO t (a) SELECT a FROM y",
            &["insert t(a)"],
        ),
        ("GRANT SELECT ON t TO bob", &["grant t"]),
        ("REVOKE ALL ON TABLE t FROM bob", &["grant t"]),
        ("CREATE USER bob", &["grant"]),
        ("", &[]),
        (";;;", &[]),
        ("-- only a comment", &[]),
        ("UPDATE ? SET a = 1", &["update a table that only the run knows(a)"]),
        ("DELETE FROM t WHERE a = %s AND b = %(b)s", &["delete t"]),
        ("DELETE FROM t WHERE a = @p", &["delete t"]),
        ("DROP TYPE x", &["drop"]),
    ];
    for dialect in [Some(Postgres), Some(MySql), Some(Sqlite), None] {
        for (sql, expected) in rows {
            check(sql, dialect, expected);
        }
    }
}

#[test]
fn postgres_is_read() {
    let rows: &[Row] = &[
        (
            "INSERT INTO t (id, a) VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET a = EXCLUDED.a, b = now() WHERE t.a <> 1",
            &["insert t(id, a)", "update t(a, b)"],
        ),
        ("INSERT INTO t AS x (id) VALUES (1) ON CONFLICT DO NOTHING RETURNING id", &["insert t(id)"]),
        (
            "UPDATE ONLY s.t SET (a, b) = (1, 2), c = DEFAULT FROM u WHERE u.id = s.t.id",
            &["update s.t(a, b, c)"],
        ),
        ("UPDATE t SET data['x'] = '1', set = 2", &["update t(data, set)"]),
        ("DELETE FROM ONLY t a USING u b WHERE a.id = b.id", &["delete t"]),
        ("WITH gone AS (DELETE FROM t RETURNING *) SELECT * FROM gone", &["delete t"]),
        (
            "WITH a AS (INSERT INTO x (i) VALUES (1) RETURNING i), b AS MATERIALIZED (UPDATE y SET j = 1 RETURNING j) SELECT 1",
            &["insert x(i)", "update y(j)"],
        ),
        (
            "MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.x THEN UPDATE SET a = u.a, b = 1 WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT (id, a) VALUES (1, 2)",
            &["update t(a, b)", "delete t", "insert t(id, a)"],
        ),
        ("TRUNCATE a, ONLY b RESTART IDENTITY CASCADE", &["truncate a", "truncate b"]),
        ("TRUNCATE TABLE public.\"a\"", &["truncate a"]),
        ("COPY t (a, b) FROM '/x.csv'", &["bulk-import t(a, b)"]),
        ("COPY t TO STDOUT", &[]),
        ("COPY (SELECT * FROM t) TO STDOUT", &[]),
        ("COPY (DELETE FROM t RETURNING *) TO STDOUT", &["delete t"]),
        ("COPY t FROM PROGRAM 'curl x'", &["bulk-import t(?)", RAW]),
        ("COPY t TO PROGRAM 'sh'", &[RAW]),
        (
            "COPY t (a) FROM stdin;\n1\n2; DELETE FROM q;\n\\.\nDELETE FROM u;",
            &["bulk-import t(a)", "delete u"],
        ),
        ("SELECT * INTO u FROM t", &["create u"]),
        ("SELECT * INTO TEMP u FROM t", &[]),
        ("CREATE MATERIALIZED VIEW v AS SELECT 1", &["create v"]),
        ("REFRESH MATERIALIZED VIEW v", &[]),
        ("VACUUM FULL t; ANALYZE t; REINDEX TABLE t; LOCK TABLE t; LISTEN x", &[]),
        ("COMMENT ON COLUMN t.a IS 'DROP TABLE x'", &[]),
        (
            "CREATE FUNCTION f() RETURNS void AS $$ BEGIN DELETE FROM t; END $$ LANGUAGE plpgsql; SELECT 1",
            &["create"],
        ),
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t; SELECT 1; END; DELETE FROM u",
            &["create", "delete u"],
        ),
        ("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC; DELETE FROM t;", &["create", "delete t"]),
        ("CREATE TRIGGER x AFTER DELETE ON t FOR EACH ROW EXECUTE FUNCTION f()", &["create t"]),
        ("CREATE POLICY p ON t FOR DELETE USING (true)", &["create t"]),
        ("CREATE EXTENSION pgcrypto", &["create"]),
        ("CREATE TYPE s AS ENUM ('delete', 'drop')", &["create"]),
        ("ALTER TYPE s ADD VALUE 'x'", &["alter"]),
        ("DO $$ BEGIN DELETE FROM t; END $$", &["delete t"]),
        (
            "DO $x$ DECLARE r record; BEGIN IF true THEN UPDATE t SET a = 1; ELSE DROP TABLE u; END IF; END $x$ LANGUAGE plpgsql",
            &["update t(a)", "drop u"],
        ),
        ("DO $$ BEGIN FOR r IN SELECT 1 LOOP EXECUTE 'DELETE FROM t'; END LOOP; END $$", &["delete t"]),
        (
            "DO $$ BEGIN EXECUTE format('TRUNCATE %I CASCADE', r.name); END $$",
            &["truncate a table that only the run knows"],
        ),
        (
            "DO $$ BEGIN EXECUTE 'DROP TABLE ' || quote_ident(n); END $$",
            &["drop a table that only the run knows"],
        ),
        ("DO $$ BEGIN EXECUTE stmt; END $$", &[RAW]),
        ("DO $$ BEGIN SELECT count(*) INTO n FROM t; RAISE NOTICE 'DELETE FROM t'; END $$", &[]),
        ("DO $$ BEGIN PERFORM pg_terminate_backend(1); END $$", &["alter"]),
        ("DO 'BEGIN DELETE FROM t WHERE a = ''x''; END'", &["delete t"]),
        ("DO LANGUAGE plpython3u $$ plpy.execute('x') $$", &[RAW]),
        (
            "DO $$ BEGIN ALTER TABLE t ADD COLUMN a int; EXCEPTION WHEN duplicate_column THEN NULL; END $$",
            &["alter t"],
        ),
        ("PREPARE p AS DELETE FROM t WHERE id = $1; EXECUTE p(1)", &["delete t"]),
        ("EXECUTE unknown_one", &[RAW]),
        ("CALL do_it()", &[RAW]),
        ("EXPLAIN (ANALYZE, BUFFERS) UPDATE t SET a = 1", &["update t(a)"]),
        ("EXPLAIN (ANALYZE false) UPDATE t SET a = 1", &[]),
        ("SELECT query_to_xml('DELETE FROM t', true, false, '')", &["delete t"]),
        ("SELECT dblink_exec('c', 'DELETE FROM t')", &["delete t"]),
        ("SELECT setval('s', 1)", &[]),
        (
            "ALTER TABLE ONLY t ALTER COLUMN a DROP NOT NULL, DROP CONSTRAINT c, ALTER b DROP DEFAULT",
            &["alter t"],
        ),
        ("ALTER TABLE t DROP a, DROP COLUMN IF EXISTS b CASCADE", &["alter t", "drop t(a)", "drop t(b)"]),
        ("ALTER ROLE bob SUPERUSER", &["grant"]),
        ("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO bob", &["grant"]),
        ("GRANT USAGE ON SCHEMA s TO bob", &["grant"]),
        ("GRANT admin TO bob", &["grant"]),
        ("DROP SCHEMA s CASCADE", &["drop"]),
        ("SELECT a[1], data->>'delete', x::text, '{}'::jsonb FROM t WHERE a ? 'b'", &[]),
        ("SELECT E'it\\'s; DELETE FROM x'", &[]),
        ("SELECT $q$ DELETE FROM x; $q$", &[]),
        ("/* a /* b */ DROP TABLE t; */ SELECT 1", &[]),
        ("\\copy t(a) from 'x.csv' csv\nSELECT 1;", &["bulk-import t(a)"]),
        ("\\copy (select 1) to 'x.csv'", &[]),
        ("\\set x 1\nDELETE FROM :\"x\" WHERE id = :'y';", &["delete a table that only the run knows"]),
        ("SELECT 'DROP TABLE ' || n FROM x \\gexec", &[RAW]),
        ("\\! rm x", &[RAW]),
        ("DECLARE c CURSOR FOR SELECT 1; FETCH c; CLOSE c", &[]),
        ("TABLE t", &[]),
        ("WITH a AS (MERGE INTO t USING u ON true WHEN MATCHED THEN DO NOTHING RETURNING 1) SELECT 1", &[]),
        ("(SELECT 1) UNION (SELECT 2)", &[]),
        ("((WITH x AS (DELETE FROM t RETURNING 1) SELECT 1))", &["delete t"]),
    ];
    for (sql, expected) in rows {
        check(sql, Some(Postgres), expected);
    }
}

#[test]
fn mysql_is_read() {
    let rows: &[Row] = &[
        (
            "INSERT INTO `t` (`a`) VALUES (1) ON DUPLICATE KEY UPDATE `b` = VALUES(`b`), c = 2",
            &["insert t(a)", "update t(b, c)"],
        ),
        ("INSERT IGNORE t SET a = 1, b = 'x'", &["insert t(a, b)"]),
        ("REPLACE INTO t (a) VALUES (1)", &["upsert t(a)"]),
        ("UPDATE t JOIN u ON t.id = u.id SET t.a = 1, u.b = 2", &["update t(a)", "update u(b)"]),
        ("UPDATE LOW_PRIORITY t SET a = 1 LIMIT 1", &["update t(a)"]),
        ("DELETE a FROM t a JOIN u b ON a.id = b.id", &["delete t"]),
        ("DELETE t, u FROM t INNER JOIN u", &["delete t", "delete u"]),
        ("DELETE FROM t LIMIT 10", &["delete t"]),
        ("LOAD DATA LOCAL INFILE 'x' INTO TABLE t FIELDS TERMINATED BY ',' (a, b)", &["bulk-import t(a, b)"]),
        ("RENAME TABLE a TO b, c TO d", &["alter a", "alter c"]),
        ("/*!40000 DELETE FROM t */;", &["delete t"]),
        ("SELECT 'it\\'s; DELETE FROM x'", &[]),
        ("# DELETE FROM t\nSELECT 1", &[]),
        (
            "DELIMITER //\nCREATE PROCEDURE p() BEGIN DELETE FROM t; END //\nDELIMITER ;\nDELETE FROM u;",
            &["create", "delete u"],
        ),
        (
            "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN IF a THEN DELETE FROM u; END IF; END; DROP TABLE q",
            &["create t", "drop q"],
        ),
        ("PREPARE s FROM 'DELETE FROM t'; EXECUTE s", &["delete t"]),
        ("PREPARE s FROM @sql; EXECUTE s", &[RAW]),
        ("SELECT a INTO OUTFILE '/x' FROM t", &[]),
        ("SELECT a INTO @x FROM t", &[]),
        ("TRUNCATE t", &["truncate t"]),
        ("DROP TEMPORARY TABLE t", &[]),
        ("DROP INDEX i ON t", &["drop t"]),
        ("ALTER TABLE t DROP PRIMARY KEY, DROP INDEX i, DROP FOREIGN KEY f", &["alter t"]),
        ("SET PASSWORD = 'x'", &["grant"]),
        ("SHOW TABLES; USE db; FLUSH PRIVILEGES; OPTIMIZE TABLE t", &[]),
        ("DO SLEEP(1)", &[]),
    ];
    for (sql, expected) in rows {
        check(sql, Some(MySql), expected);
    }
}

#[test]
fn sqlite_is_read() {
    let rows: &[Row] = &[
        ("INSERT OR REPLACE INTO t (a) VALUES (1)", &["upsert t(a)"]),
        ("INSERT OR IGNORE INTO [my table] (a) VALUES (1)", &["insert my table(a)"]),
        ("UPDATE OR IGNORE t SET a = 1", &["update t(a)"]),
        ("PRAGMA foreign_keys = OFF", &[]),
        ("PRAGMA writable_schema = ON", &["alter"]),
        ("ATTACH DATABASE 'x' AS y", &[]),
        (
            "CREATE TRIGGER x AFTER INSERT ON t BEGIN DELETE FROM u; UPDATE v SET a = CASE WHEN 1 THEN 2 END; END; SELECT 1",
            &["create t"],
        ),
        ("CREATE VIRTUAL TABLE s USING fts5(a)", &["create s"]),
        (".import x.csv t", &["bulk-import t(?)"]),
        (".mode csv\nDELETE FROM t;", &["delete t"]),
        (".shell rm x", &[RAW]),
    ];
    for (sql, expected) in rows {
        check(sql, Some(Sqlite), expected);
    }
}

/// `§` stands for a hole.
fn with_holes(sql: &str) -> Text {
    let mut text = Text::default();
    for (at, part) in sql.split('§').enumerate() {
        if at > 0 {
            text.push(&Text::hole("x"));
        }
        text.push_known(part);
    }
    text
}

#[test]
fn holes_are_values_names_or_statements_by_their_place() {
    let unknown = "a table that only the run knows";
    let rows: &[(&str, &[&str], bool)] = &[
        ("DELETE FROM t WHERE id = §", &["delete t"], false),
        ("SELECT * FROM t WHERE id = § AND b = §::int", &[], false),
        ("SELECT * FROM t WHERE §", &[], false),
        ("SELECT a AT TIME ZONE § FROM t WHERE b BETWEEN § AND § AND c § 5", &[], false),
        ("INSERT INTO t (a) VALUES ($§, §), (§, §) RETURNING *", &["insert t(a)"], false),
        ("DROP § x", &[RAW], true),
        ("SELECT § FROM § ORDER BY a §", &[], false),
        ("SELECT * FROM t LIMIT § OFFSET §", &[], false),
        ("SELECT '§; DROP TABLE x'", &[], false),
        ("DELETE FROM §", &[&format!("delete {unknown}")], false),
        ("DELETE FROM app_§ WHERE 1 = 1", &[&format!("delete {unknown}")], false),
        ("DELETE FROM §.users", &["delete users"], false),
        ("UPDATE t SET § WHERE id = 1", &["update t(?)"], false),
        ("UPDATE t SET a = §, b = §", &["update t(a, b)"], false),
        ("UPDATE t SET \"§\" = 1", &["update t(?)"], false),
        ("INSERT INTO t (§) VALUES (§)", &["insert t(?)"], false),
        ("INSERT INTO t (a) VALUES §", &["insert t(a)"], false),
        ("§", &[RAW], true),
        ("§ FROM t", &[RAW], true),
        ("SELECT 1; §", &[RAW], true),
        ("SELECT 1; §; SELECT 2", &[RAW], true),
        ("SELECT * FROM t §", &[RAW], true),
        ("§ DELETE FROM t", &[RAW, "delete t"], true),
        ("DO $$ BEGIN DELETE FROM §; END $$", &[&format!("delete {unknown}")], false),
    ];
    for (sql, expected, opaque) in rows {
        let reading = read(&with_holes(sql), None);
        let mut expected: Vec<String> = expected.iter().map(|s| (*s).to_owned()).collect();
        expected.sort();
        assert_eq!(described(&reading), expected, "{sql}");
        assert_eq!(reading.opaque, *opaque, "{sql}");
    }
}

#[test]
fn a_broken_statement_is_never_passed_over() {
    for sql in ["DELETE FRM x WHERE", "UPDATE (((", "INSERT t t t (", "TRUNCATE", "ALTER", "DROP"] {
        let reading = read_str(sql, None);
        assert!(!reading.effects.is_empty() || !reading.problems.is_empty(), "{sql}");
    }
    for sql in ["SELCT 1", "DELTE FROM x", "SELECT 'open", "/* open", "frobnicate x"] {
        assert!(!read_str(sql, Some(Postgres)).problems.is_empty(), "{sql}");
    }
}

#[test]
fn a_temporary_table_is_nobody_elses_as_long_as_it_is_there() {
    let rows: &[Row] = &[
        (
            "CREATE TEMP TABLE s (a int); COPY s FROM '/x'; INSERT INTO t (a) SELECT a FROM s; DROP TABLE s;",
            &["insert t(a)"],
        ),
        ("CREATE TEMP TABLE s (a int); DELETE FROM s; DELETE FROM public.s", &["delete s"]),
        ("CREATE TEMP TABLE s (a int); DROP TABLE s; DELETE FROM s", &["delete s"]),
        ("BEGIN; CREATE TEMP TABLE s (a int); ROLLBACK; DELETE FROM s", &["delete s"]),
        ("SET search_path = public, pg_temp; CREATE TEMP TABLE s (a int); DELETE FROM s", &["delete s"]),
        ("CREATE TEMP TABLE s (a int); DROP TABLE s, t", &["drop t"]),
    ];
    for (sql, expected) in rows {
        check(sql, None, expected);
    }
}

#[test]
fn included_files_are_told() {
    let reading = read_str("\\i seeds/a.sql\n\\ir 'b.sql'\n", None);
    let names: Vec<&str> = reading.includes.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["seeds/a.sql", "b.sql"]);
}

#[test]
fn spans_point_into_the_text_also_from_within_a_body() {
    let sql = "SELECT 1;\nDO $$ BEGIN\n  DELETE FROM t; END $$";
    let reading = read_str(sql, None);
    let spans: Vec<&str> = reading.effects.iter().map(|f| &sql[f.span.range()]).collect();
    assert_eq!(spans, ["DELETE FROM t"]);
}

#[test]
fn deep_and_long_texts_end_soon() {
    let start = std::time::Instant::now();
    let texts = [
        format!("SELECT {}1{}", "(".repeat(10_000), ")".repeat(10_000)),
        format!("SELECT delete {}", "(".repeat(200_000)),
        "EXPLAIN ANALYZE ".repeat(50_000),
        "$a$ ".to_owned() + &(0..100_000).fold(String::new(), |out, n| out + "$t" + &n.to_string() + "$ "),
        "CREATE FUNCTION f() BEGIN ".repeat(20_000),
        "CREATE FUNCTION f() BEGIN; ".repeat(20_000),
        "DELETE FROM t; ".repeat(100_000),
        "COPY t FROM stdin; ".repeat(50_000),
        "WITH a AS (DELETE FROM t WHERE x IN ".repeat(5_000),
        "[".repeat(300_000),
        "{".repeat(300_000),
        "DO $$ BEGIN ".repeat(20_000),
        "(".repeat(3000) + "update t set a = 1",
    ];
    for text in texts {
        let _ = read_str(&text, None);
        let _ = read_str(&text, Some(Postgres));
        assert!(start.elapsed().as_secs() < 60, "{}", &text[..40]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = read_str(&text, None);
    }

    #[test]
    fn arbitrary_words_never_panic(words in proptest::collection::vec(proptest::sample::select(vec![
        "select", "insert", "into", "update", "set", "delete", "from", "(", ")", ",", "=", "'", "\"", "$$", "do",
        "begin", "end", ";", "with", "as", "alter", "table", "drop", "column", "t", "a", "execute", "/*", "*/", "--",
        "\n", "create", "type", "copy", "merge", "then", "§", ".", "*", "|| ", "format(", "\\copy ", "[", "{", "é",
    ]), 0..60)) {
        for dialect in [None, Some(Postgres), Some(MySql), Some(Sqlite)] {
            let _ = read(&with_holes(&words.join(" ")), dialect);
            let _ = Catalog::default().apply(&words.join(" "), dialect);
        }
    }

    #[test]
    fn a_delete_at_a_boundary_is_always_seen(
        before in proptest::collection::vec(proptest::sample::select(vec![
            "SELECT 1", "CREATE TABLE q (a int)", "UPDATE q SET a = '; --'", "SELECT $$ x $$", "-- c\nSELECT 2", "garbage (( here",
            "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql", "BEGIN", "END",
            "CREATE TRIGGER x AFTER INSERT ON q BEGIN SELECT 1; END", "INSERT INTO q SELECT 1",
        ]), 0..8),
        after in proptest::collection::vec(proptest::sample::select(vec!["SELECT 1", "DROP TABLE z", "'", "END", "(("]), 0..3),
    ) {
        let mut all = before;
        all.push("DELETE FROM x");
        let text = format!("{};{}", all.join(";\n"), after.join(";"));
        let reading = read_str(&text, None);
        prop_assert!(described(&reading).contains(&"delete x".to_owned()) , "{text}");
    }
}
