//! URLs as the tools read them, and those that nobody may follow.

use super::*;

fn parse(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text).unwrap()
}

#[test]
fn a_url_is_read_as_the_tools_read_it() {
    let url = parse("postgresql://app:p%40ss@DB.shop.example:6543/shop?sslmode=verify-full&schema=x");
    assert_eq!(
        (url.engine, url.host.as_str(), url.port, url.database.as_str(), url.tls),
        (Engine::Postgres, "db.shop.example", 6543, "shop", Tls::VerifyFull)
    );
    assert_eq!(url.password.unwrap().expose(), "p@ss");
    let url = parse("mysql://root@[::1]/shop");
    assert_eq!((url.host.as_str(), url.port, url.is_loopback()), ("::1", 3306, true));
    let url = parse("postgres://u@/db?host=/run/postgresql");
    assert_eq!(url.host, "/run/postgresql");
    assert_eq!(parse("postgres://u@%2Frun%2Fpg/db").host, "/run/pg");
}

#[test]
fn a_file_is_read_in_all_spellings() {
    for (text, file) in [
        ("sqlite:a.db", "a.db"),
        ("sqlite://a.db", "a.db"),
        ("sqlite:///var/a.db?mode=rwc", "/var/a.db"),
        ("file:./dev.db", "./dev.db"),
        ("sqlite:/var/a%20b.db", "/var/a b.db"),
    ] {
        assert_eq!(parse(text).database, file, "{text}");
    }
}

#[test]
fn what_could_mean_two_places_is_refused_without_being_repeated() {
    let password = "canary";
    for text in [
        "postgres://u:canary@a,b/db".to_owned(),
        format!("postgres://u:{password}@a/db?host=b"),
        format!("postgres://u:{password}@a/db?hostaddr=10.0.0.1"),
        format!("postgres://u:{password}@a/db?sslmode=disable&sslmode=require"),
        format!("postgres://u:{password}@b@a/db"),
        format!("postgres://u:{password}#@a/db"),
        format!("postgres://u:{password}%zz@a/db"),
        format!("postgres://u:{password}@a:99999/db"),
        format!("postgres://u:{password}@a/"),
        format!("postgres://:{password}@a/db"),
        format!("http://u:{password}@a/db"),
        "sqlite::memory:".to_owned(),
        "sqlite:".to_owned(),
        "sqlite:a.db?mode=memory".to_owned(),
        String::new(),
        " postgres://u@a/db".to_owned(),
        "postgres://u@a/db%00".to_owned(),
    ] {
        let error = DatabaseUrl::parse(&text).unwrap_err();
        assert!(!error.to_string().contains(password), "{text}: {error}");
    }
}

#[test]
fn a_url_does_not_print_its_password() {
    let url = parse("postgres://u:canary-77@a/db");
    assert!(!format!("{url:?} {url}").contains("canary"));
    let mut redactor = Redactor::default();
    url.teach(&mut redactor);
    assert_eq!(redactor.clean("at canary-77."), "at [redacted].");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(10_000))]

    #[test]
    fn no_text_makes_the_reader_panic(text in "(postgres|mysql|sqlite|file|)(:|://)?[ -~é\u{0}]{0,60}") {
        drop(DatabaseUrl::parse(&text));
    }
}
