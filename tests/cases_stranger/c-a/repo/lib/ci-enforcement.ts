export function enforceCIOnlyExecution(script: string): void {
  const relaxed = process.env.RELAXED === "1";
  if (!relaxed && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
