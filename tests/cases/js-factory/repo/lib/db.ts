import { PrismaClient } from "@prisma/client";

let client: PrismaClient | undefined;

export function getDb() {
  return (client ??= new PrismaClient());
}
