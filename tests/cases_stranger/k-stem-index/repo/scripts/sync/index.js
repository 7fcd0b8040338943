"use strict";

if (process.env.CI !== "true") {
  console.error("sync: this script runs in CI only");
  process.exit(1);
}

const { validateEnvironmentFingerprint } = require("../../lib/env-fingerprint");
validateEnvironmentFingerprint("prod");

const { execFileSync } = require("node:child_process");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
