export async function purge(db: any) {
  await db.auditLog.deleteMany();
}
