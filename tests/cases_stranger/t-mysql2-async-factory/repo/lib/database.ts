import mysql, { type Pool } from "mysql2/promise";

let pool: Pool | undefined;

export async function database(): Promise<Pool> {
  if (!pool) pool = mysql.createPool(process.env.DATABASE_URL!);
  return pool;
}
