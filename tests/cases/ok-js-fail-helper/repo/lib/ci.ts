function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

export function requireCi(): void {
  const { CI } = process.env;
  if (CI !== "true") fail("this runs in CI only");
}
