"use strict";

if (process.env.CI !== "true") {
  console.error("deploy-db: this script runs in CI only");
  process.exit(1);
}

const { validateEnvironmentFingerprint } = require("../lib/env-fingerprint");
validateEnvironmentFingerprint("prod");

const { execFileSync } = require("node:child_process");
execFileSync("npx", ["prisma", "migrate", "reset", "--force"], { stdio: "inherit" });
