use diesel::prelude::*;
use metering::schema::readings::dsl::*;

fn main() {
    let mut conn = PgConnection::establish("x").unwrap();
    diesel::delete(readings.filter(id.eq(1))).execute(&mut conn).unwrap();
}
