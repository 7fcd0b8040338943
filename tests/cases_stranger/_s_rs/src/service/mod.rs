use axum::extract::{Path, State};
use axum::http::StatusCode;
use sqlx::PgPool;

pub async fn remove_reading(State(pool): State<PgPool>, Path(id): Path<i64>) -> StatusCode {
    match sqlx::query("DELETE FROM readings WHERE id = $1").bind(id).execute(&pool).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
