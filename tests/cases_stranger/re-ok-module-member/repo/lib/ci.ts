export let verbose = false;

export function requireCi(): void {
  if (process.env.CI !== "true") {
    process.exit(1);
  }
}
