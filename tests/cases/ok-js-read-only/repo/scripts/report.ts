import { PrismaClient } from "@prisma/client";
import { Pool } from "pg";

const prisma = new PrismaClient();
const pool = new Pool({ connectionString: process.env.DATABASE_URL });
try {
  console.log(await prisma.service.findMany({ where: { price: { gt: 3 } } }));
  console.log(await prisma.$queryRaw`SELECT count(*) FROM services`);
  const { rows } = await pool.query("SELECT id, name FROM services WHERE updated_at > now() - interval '1 day'");
  console.table(rows);
} catch (error) {
  console.error(error);
} finally {
  await prisma.$disconnect();
}
