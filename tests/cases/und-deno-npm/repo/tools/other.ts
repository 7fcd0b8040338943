import pg from "npm:pg@8";
const pool = new pg.Pool();
await pool.query("DELETE FROM audit_logs");
