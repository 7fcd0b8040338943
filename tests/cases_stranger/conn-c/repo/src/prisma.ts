import { PrismaClient } from "@prisma/client";
import { validateEnvironmentFingerprint } from "../lib/env-fingerprint";
export class Db {
  private client?: PrismaClient;
  get() {
    if (process.env.NODE_ENV === "production") validateEnvironmentFingerprint("prod");
    this.client ??= new PrismaClient();
    return this.client;
  }
}
