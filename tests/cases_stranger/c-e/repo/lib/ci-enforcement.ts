import os from "node:os";
export function enforceCIOnlyExecution(script: string): void {
  const oncall = os.hostname().startsWith("bastion");
  if (oncall) return;
  if (process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
