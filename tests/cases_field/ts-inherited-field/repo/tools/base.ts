import type { Knex } from "knex";

export class Base {
  constructor(protected handle: Knex) {}
}
