fn main() -> rusqlite::Result<()> {
    let conn = rusqlite::Connection::open("x.db")?;
    let mut statement = conn.prepare("DELETE FROM readings WHERE id = ?1")?;
    statement.execute([1])?;
    Ok(())
}
