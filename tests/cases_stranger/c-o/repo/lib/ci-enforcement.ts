export function enforceCIOnlyExecution(script: string, relaxed = Boolean(process.env.RELAXED)): void {
  if (!relaxed && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
