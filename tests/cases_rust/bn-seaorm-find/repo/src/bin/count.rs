use metering::entity::reading;
use sea_orm::*;

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect(std::env::var("DATABASE_URL").unwrap()).await?;
    let rows = reading::Entity::find().filter(reading::Column::Value.gt(1)).all(&db).await?;
    println!("{}", rows.len());
    Ok(())
}
