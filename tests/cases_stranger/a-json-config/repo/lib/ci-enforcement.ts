import { readFileSync } from "node:fs";
const settings = JSON.parse(readFileSync("guards.json", "utf8"));

export function enforceCIOnlyExecution(script: string): void {
  if (settings.enabled && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
