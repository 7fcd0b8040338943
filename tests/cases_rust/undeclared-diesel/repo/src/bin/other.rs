use diesel::prelude::*;
use metering::schema::readings;

fn main() {
    let mut conn = metering::connect();
    diesel::delete(readings::table).execute(&mut conn).unwrap();
}
