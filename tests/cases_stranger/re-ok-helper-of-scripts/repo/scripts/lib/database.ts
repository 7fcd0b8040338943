import { Pool } from "pg";

const pool = new Pool();

export const exec = (sql: string, values: unknown[] = []) => pool.query(sql, values);
