import { PrismaClient } from "@prisma/client";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
let client: PrismaClient | undefined;
export function db(): PrismaClient {
  if (!client) {
    validateEnvironmentFingerprint("prod");
    client = new PrismaClient();
  }
  return client;
}
