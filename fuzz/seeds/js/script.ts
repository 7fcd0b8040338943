import { requireCi } from "./ci";
if (process.env.CI !== "true") process.exit(1);
const { A: { b = `x${1 + 2}` } = {} } = process.env as any;
class K extends B { static #p = 1; static { f(); } get x() { return this.#p } async *g() { yield* h; } }
for await (const r of rows) try { await db.t.upsert({ where: { id: r?.id ?? 0 }, data: { ...r } }); } catch {} finally { done() }
export default async () => void (await import("pg"));
label: while (1) { if (a) break label; else continue; }
enum E { A = "a" } namespace N { export const v = <const T,>(t: T) => t satisfies unknown; }
