use diesel::{
    Connection, ExpressionMethods, PgConnection, RunQueryDsl,
    dsl::{delete, insert_into},
};

mod schema;
use schema::services;

fn main() -> anyhow::Result<()> {
    let conn = &mut PgConnection::establish(&std::env::var("DATABASE_URL")?)?;
    insert_into(services::table).values(services::name.eq("x")).execute(conn)?;
    delete(services::table).execute(conn)?;
    Ok(())
}
