export function enforceCIOnlyExecution(script: string): void {
  if (process.env["CI​"] !== "true" && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
