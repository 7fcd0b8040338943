export function requireCi(): void {
  if (!/^(true|1)$/i.test(process.env.CI || "")) {
    process.exit(1);
  }
}
