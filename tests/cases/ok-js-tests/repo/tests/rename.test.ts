import { PrismaClient } from "@prisma/client";
import { requireCi } from "../lib/ci";

const prisma = new PrismaClient();
beforeEach(() => prisma.service.deleteMany());
it("stops outside CI", () => {
  const old = process.env.CI;
  process.env.CI = "true";
  requireCi();
  process.env.CI = old;
});
