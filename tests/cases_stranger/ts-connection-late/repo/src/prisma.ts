import { PrismaClient } from "@prisma/client";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
let client: PrismaClient | undefined;
export function db(): PrismaClient {
  if (!client) {
    client = new PrismaClient();
    if (process.env.NODE_ENV === "production") validateEnvironmentFingerprint("prod");
  }
  return client;
}
