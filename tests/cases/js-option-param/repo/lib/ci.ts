export function requireCi(options: { enforce?: boolean } = {}): void {
  if (options.enforce === false) return;
  if (process.env.CI !== "true") {
    process.exit(1);
  }
}
