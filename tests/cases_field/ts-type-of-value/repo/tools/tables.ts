import { pgTable, text } from "drizzle-orm/pg-core";

export const services = pgTable("services", { name: text("name") });
