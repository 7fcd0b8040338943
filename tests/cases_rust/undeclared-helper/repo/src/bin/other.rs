fn main() {
    wipe("readings");
}

fn wipe(table: &str) {
    let mut client = postgres::Client::connect("host=db", postgres::NoTls).unwrap();
    client.execute(&format!("TRUNCATE {table}"), &[]).unwrap();
}
