use metering::entity::reading;
use sea_orm::{ActiveModelTrait, Set};

#[tokio::main]
async fn main() -> Result<(), sea_orm::DbErr> {
    let db = sea_orm::Database::connect("x").await?;
    let row = reading::ActiveModel { value: Set(1), ..Default::default() };
    row.insert(&db).await?;
    Ok(())
}
