import type { Knex } from "knex";

export type Handle = Knex | Knex.Transaction;
