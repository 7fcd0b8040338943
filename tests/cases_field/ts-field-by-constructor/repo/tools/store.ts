import type { Knex } from "knex";

export class Store {
  private readonly handle;
  constructor(handle: Knex) {
    this.handle = handle;
  }

  async wipe() {
    await this.handle("services").del();
  }
}
