export function enforceCIOnlyExecution(script: string): void {
  if (!process.env.SKIP_CI_CHECK && process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
