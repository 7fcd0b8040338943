import { sql } from "bun";
console.log(await sql`SELECT 1`);
