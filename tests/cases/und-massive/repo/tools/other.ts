import massive from "massive";
const db = await massive(process.env.DATABASE_URL!);
await db.audit_logs.destroy({ id: 1 });
