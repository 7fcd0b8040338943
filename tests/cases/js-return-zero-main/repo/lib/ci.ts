export function requireCi(): void {
  if (process.env.CI !== "true") throw new Error("CI only");
}
