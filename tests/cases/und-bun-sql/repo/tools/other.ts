import { sql } from "bun";
await sql`DELETE FROM audit_logs`;
