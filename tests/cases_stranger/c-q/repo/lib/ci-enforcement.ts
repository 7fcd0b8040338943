export function enforceCIOnlyExecution(script: string, strict = false): void {
  if (strict && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
