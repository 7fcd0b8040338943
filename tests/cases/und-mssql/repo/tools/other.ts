import sql from "mssql";
const pool = await sql.connect(process.env.DATABASE_URL!);
await pool.request().query("DELETE FROM audit_logs");
