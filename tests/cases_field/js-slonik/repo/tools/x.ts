import { createPool, sql } from "slonik";

const pool = await createPool(process.env.DATABASE_URL as string);
await pool.query(sql.unsafe`DELETE FROM services`);
