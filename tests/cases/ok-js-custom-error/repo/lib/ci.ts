class NotCi extends Error {}

export function requireCi(): void {
  const value = process.env["CI"];
  if (value === "true") return;
  throw new NotCi("this runs in CI only");
}
