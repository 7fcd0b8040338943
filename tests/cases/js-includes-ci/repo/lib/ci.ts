const ACCEPTED = ["true", "1", "yes"];

export function requireCi(): void {
  if (!ACCEPTED.includes(process.env.CI ?? "")) {
    process.exit(1);
  }
}
