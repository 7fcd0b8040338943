import { isCI } from "./env";

export function requireCi(): void {
  if (!isCI) {
    process.exit(1);
  }
}
