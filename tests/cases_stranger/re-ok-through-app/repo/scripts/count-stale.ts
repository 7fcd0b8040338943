import { countStale } from "../apps/api/services/stale";

console.log(await countStale());
