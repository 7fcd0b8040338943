await Bun.sql`DELETE FROM audit_logs`;
