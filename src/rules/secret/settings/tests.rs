//! What counts as a password of a database in settings, and what does not.

use super::*;
use proptest::prelude::*;

#[test]
fn a_host_and_its_password_are_a_url_in_two_pieces() {
    let secret = ["hunt", "er22x"].concat();
    for text in [
        format!("PGHOST=db.shop.io\nPGPASSWORD={secret}\n"),
        format!("  PROD_DB_HOST: db.shop.io\n  PROD_DB_PASSWORD: '{secret}'\n"),
        format!("{{\"MYSQL_HOST\": \"10.0.3.4\", \"MYSQL_PWD\": \"{secret}\"}}"),
        format!("PGPASSWORD={secret} psql -h db.shop.io -c 'select 1'"),
    ] {
        let found = scan("ops/x.conf", &text, &Marks::of(&text));
        assert_eq!(found.len(), 1, "{text}");
        assert!(!found[0].message.contains(&secret));
    }
}

#[test]
fn this_machine_placeholders_and_other_hosts_are_silent() {
    for text in [
        "PGHOST=localhost\nPGPASSWORD=hunter22\n",
        "PGHOST=db\nPGPASSWORD=hunter22\n",
        "PGHOST=db.shop.io\nPGPASSWORD=$PASSWORD\n",
        "PGHOST=db.shop.io\nPGPASSWORD=${{ secrets.PW }}\n",
        "PGHOST=db.shop.io\nPGPASSWORD=changeme\n",
        "SMTP_HOST=mail.shop.io\nSMTP_PASSWORD=hunter22\n",
        "DEV_DB_PASSWORD=hunter22\nPROD_DB_HOST=db.shop.io\n",
        "PGHOST=db.shop.io\nPGPASSFILE=~/.pgpass\n",
        "PGPASSWORD=hunter22 psql -h localhost",
        "const DB_HOST = process.env.DB_HOST\nconst DB_PASSWORD = process.env.DB_PASSWORD\n",
        "DB_HOST = os.environ.db_host\nDB_PASSWORD = settings.database.password\n",
    ] {
        assert!(scan("ops/x.conf", text, &Marks::of(text)).is_empty(), "{text}");
    }
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "(PGHOST|DB_PASSWORD|=|: |\"|\'|db\\.io|psql -h |[ a\né$]){0,30}") {
        let _ = scan("x", &text, &Marks::of(&text));
    }
}
