import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";

requireCi();
requireFingerprint("prod");

const { PrismaClient } = await import("@prisma/client");
const db = new PrismaClient();
const double = new Function("n", "return n * 2") as (n: number) => number;
console.log(double(2));
await db.service.update({ where: { id: "1" }, data: { name: "x" } });
