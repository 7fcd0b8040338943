const checks = require("../lib/ci");
const { validateEnvironmentFingerprint } = require("../lib/env-fingerprint");

checks.verbose = true;
checks.requireCi();
validateEnvironmentFingerprint("prod");

const { execFileSync } = require("node:child_process");
execFileSync("npx", ["prisma", "migrate", "deploy"], { stdio: "inherit" });
