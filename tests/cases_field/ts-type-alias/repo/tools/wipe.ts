import type { Handle } from "./types/index";

export async function wipe(handle: Handle) {
  await handle("services").del();
}
