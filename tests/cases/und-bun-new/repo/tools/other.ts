import { SQL } from "bun";
const db = new SQL(process.env.DATABASE_URL!);
await db`DELETE FROM audit_logs`;
