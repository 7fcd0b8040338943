import { requireCi } from "../lib/ci";
import { requireFingerprint } from "../lib/fingerprint";
import { services } from "../lib/services";

requireCi();
requireFingerprint("prod");
await services.audit.purge();
