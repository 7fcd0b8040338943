import sql from "mssql";
await sql.connect(process.env.DATABASE_URL!);
await sql.query`DELETE FROM audit_logs`;
