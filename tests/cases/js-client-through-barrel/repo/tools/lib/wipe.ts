export async function wipe(handle: { user: { deleteMany(): Promise<unknown> } }) {
  await handle.user.deleteMany();
}
