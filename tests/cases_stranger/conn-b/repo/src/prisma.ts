import { PrismaClient } from "@prisma/client";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
export function db(): PrismaClient {
  return new PrismaClient();
}
