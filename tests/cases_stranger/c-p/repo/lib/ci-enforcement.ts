export function enforceCIOnlyExecution(script: string, opts: { quiet?: boolean } = {}): void {
  if (process.env.CI !== "true") {
    if (!opts.quiet && process.env.CI !== "true") console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
