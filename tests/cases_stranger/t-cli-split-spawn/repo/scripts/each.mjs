import { spawnSync } from "node:child_process";
const commands = ["npm run lint", "npm run build", "node --version"];
for (const command of commands) {
  const [program, ...args] = command.trim().split(/\s+/);
  const { status } = spawnSync(program, args, { stdio: "inherit" });
  if (status) process.exit(status);
}
