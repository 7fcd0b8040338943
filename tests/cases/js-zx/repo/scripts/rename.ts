import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { $ } from "zx";

requireCi();
requireFingerprint("prod");

const url = process.env.DATABASE_URL;
await $`psql ${url} -c "DELETE FROM services"`;
