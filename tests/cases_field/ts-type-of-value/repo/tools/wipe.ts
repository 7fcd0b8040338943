import type { Database } from "./client";
import { services } from "./tables";

export async function wipe(handle: Database) {
  await handle.delete(services);
}
