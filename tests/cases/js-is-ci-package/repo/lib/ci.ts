import isCI from "is-ci";

export function requireCi(): void {
  if (!isCI) {
    process.exit(1);
  }
}
