use metering::guards::{require_ci, require_fingerprint};
use diesel::prelude::*;

diesel::table! {
    plans (code) {
        code -> Text,
        label -> Text,
        #[sql_name = "price_cents"]
        price -> BigInt,
    }
}

const PLANS: [(&str, &str, i64); 2] =
    [("day", "Day tariff", 3150), ("night", "Night tariff", 2480)];

#[tokio::main]
async fn main() -> Result<(), sqlx::Error> {
    require_ci("sync_plans");
    require_fingerprint("prod");

    let url = std::env::var("DATABASE_URL").expect("DATABASE_URL");
    let mut conn = PgConnection::establish(&url).unwrap();
    for (c, l, p) in PLANS {
        diesel::update(plans::table.filter(plans::code.eq(c)))
            .set((plans::label.eq(l), plans::price.eq(p)))
            .execute(&mut conn)
            .unwrap();
    }
    Ok(())
}
