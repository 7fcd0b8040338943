import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { createClient } from "@supabase/supabase-js";

requireCi();
requireFingerprint("prod");

const db = createClient(process.env.DATABASE_URL as string, process.env.KEY as string);
const { error } = await db.from("audit_logs").insert({ id: "1", text: "x" });
if (error) throw error;
