import bookshelfFactory from "bookshelf";
import { knex } from "./db";
const bookshelf = bookshelfFactory(knex);
const Log = bookshelf.model("Log", { tableName: "audit_logs" });
await new Log({ id: 1 }).destroy();
