import sql from "mssql";
const pool = await sql.connect(process.env.DATABASE_URL!);
const { recordset } = await pool.request().input("id", sql.Int, 1).query("SELECT * FROM audit_logs WHERE id = @id");
console.log(recordset);
