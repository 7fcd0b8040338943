import { Pool } from "jsr:@db/postgres";
const pool = new Pool(Deno.env.get("DATABASE_URL"), 3);
const client = await pool.connect();
await client.queryArray("DELETE FROM audit_logs");
