const { execSync } = require("node:child_process");

execSync("npx prisma migrate reset --force", { stdio: "inherit" });
