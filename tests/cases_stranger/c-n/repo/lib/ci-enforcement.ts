export function enforceCIOnlyExecution(script: string): void {
  if (!process.argv.includes("--local") && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
