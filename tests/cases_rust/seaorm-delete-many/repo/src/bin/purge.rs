use metering::entity::reading;
use sea_orm::*;

#[tokio::main]
async fn main() -> Result<(), DbErr> {
    let db = Database::connect(std::env::var("DATABASE_URL").unwrap()).await?;
    reading::Entity::delete_many().exec(&db).await?;
    Ok(())
}
