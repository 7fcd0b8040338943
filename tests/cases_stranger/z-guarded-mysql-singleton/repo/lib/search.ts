import type { Pool } from "mysql2/promise";
let pool: Pool | undefined;
export async function search(): Promise<Pool> {
  if (!pool) {
    const mysql = await import("mysql2/promise");
    pool = mysql.createPool(process.env.DATABASE_URL!);
  }
  return pool;
}
