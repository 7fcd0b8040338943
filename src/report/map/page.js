"use strict";
const D = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
const STANDINGS = [
  ["unguarded", "unguarded"], ["partly", "partly guarded"], ["guarded", "guarded"],
  ["open", "unprotected environment"], ["application", "application"], ["uncalled", "nothing calls it"],
];
const RANK = Object.fromEntries(STANDINGS.map(([name], at) => [name, at]));
const WORD = Object.fromEntries(STANDINGS);
const KIND = {
  "package-script": "script", step: "CI", "make-target": "make", container: "image", hook: "hook",
  cron: "cron", platform: "host", service: "service", hand: "hand",
};
const MOST_WAYS = 60;

const node = new Map();
for (const e of D.entries) node.set(e.id, { ...e, column: "entry", words: `${e.title} ${e.path}` });
for (const f of D.files) node.set(f.id, { ...f, column: "file", words: f.path });
for (const x of D.effects) node.set(x.id, { ...x, column: "effect", words: x.label });
for (const t of D.tables) node.set(t.id, { ...t, column: "table", words: t.name });
for (const n of node.values()) n.words = n.words.toLowerCase();
for (const p of D.paths) {
  p.tables = [...new Set(node.get(p.effect).writes.map((w) => w.table))];
  p.nodes = [...(p.entry ? [p.entry] : []), ...p.files, p.effect];
  p.words = [...p.nodes, ...p.tables].map((id) => node.get(id).words).join("\n");
}

const many = D.effects.length > 150;
const fresh = () => ({ q: "", entry: "", table: "", unguarded: false, off: new Set(many ? ["application", "uncalled"] : []), only: "" });
const state = fresh();
let chosen = "", fitted = 0, drawn = { nodes: new Map(), edges: [], paths: [] };

function kept(p) {
  if (state.unguarded && p.standing !== "unguarded" && p.standing !== "partly") return false;
  if (state.off.has(p.standing)) return false;
  if (state.entry && p.entry !== state.entry) return false;
  if (state.table && !p.tables.includes(state.table)) return false;
  if (state.only && !p.nodes.includes(state.only) && !p.tables.includes(state.only)) return false;
  return !state.q || p.words.includes(state.q);
}

function graph(paths) {
  const nodes = new Map(), edges = new Map();
  const touch = (id, p) => {
    const known = nodes.get(id) || nodes.set(id, { id, standing: p.standing, paths: [], level: 0 }).get(id);
    if (RANK[p.standing] < RANK[known.standing]) known.standing = p.standing;
    known.paths.push(p);
    return known;
  };
  const link = (a, b, p) => {
    const key = `${a}>${b}`;
    const known = edges.get(key) || edges.set(key, { a, b, standing: p.standing, paths: new Set() }).get(key);
    if (RANK[p.standing] < RANK[known.standing]) known.standing = p.standing;
    known.paths.add(p);
  };
  for (const p of paths) {
    p.nodes.forEach((id, at) => { touch(id, p); if (at > 0) link(p.nodes[at - 1], id, p); });
    // How far a file stands before the effects; what many ways share stands where the longest has it.
    p.files.forEach((id, at) => {
      const held = nodes.get(id);
      held.level = Math.min(held.level, -Math.min(p.files.length - 1 - at, 2));
    });
    const shown = state.table ? [state.table] : state.only && p.tables.includes(state.only) ? [state.only] : p.tables;
    for (const table of shown) { touch(table, p); link(p.effect, table, p); }
  }
  const order = new Map([...node.keys()].map((id, at) => [id, at]));
  for (const n of nodes.values()) {
    const of = node.get(n.id);
    n.kind = of.column;
    n.rank = order.get(n.id);
    if (n.kind === "effect") n.group = of.file;
    if (n.kind !== "file") n.level = 0;
  }
  return { nodes, edges: [...edges.values()] };
}

function el(tag, cls, ...inside) {
  const e = document.createElement(tag);
  if (cls) e.className = cls;
  e.append(...inside.filter((part) => part !== null && part !== undefined && part !== ""));
  return e;
}

// Text with what was searched for marked in it.
function marked(text) {
  const at = state.q ? text.toLowerCase().indexOf(state.q) : -1;
  if (at < 0) return [text];
  return [text.slice(0, at), el("mark", "", text.slice(at, at + state.q.length)), text.slice(at + state.q.length)];
}

function card(n) {
  const of = node.get(n.id);
  const e = el("button", `node k-${of.column} s-${n.standing}`);
  e.type = "button";
  e.dataset.id = n.id;
  Object.assign(e.style, { left: `${n.x}px`, top: `${n.y}px`, width: `${n.w}px` });
  if (of.column === "entry") {
    e.append(el("span", "badge", KIND[of.kind] || of.kind), el("span", "t", ...marked(of.title)));
    e.title = of.path ? `${of.title}\n${of.path}:${of.line}` : of.title;
  } else if (of.column === "file") {
    const cut = of.path.lastIndexOf("/") + 1;
    const name = state.q ? marked(of.path) : [cut ? el("span", "dir", of.path.slice(0, cut)) : "", of.path.slice(cut)];
    e.append(el("span", "t", el("bdi", "", ...name)));
    if (of.role !== "undeclared" && of.role !== "carrier") e.append(el("span", "badge", of.role));
    e.title = of.path;
  } else if (of.column === "effect") {
    if (of.manner === "unresolved") e.classList.add("unresolved");
    const space = of.label.indexOf(" ");
    const plain = of.manner === "operation" && space > 0 && !state.q;
    const text = plain ? [el("span", "op", of.label.slice(0, space)), of.label.slice(space)] : marked(of.label);
    e.append(el("span", "t", ...text), el("span", "m", `:${of.line}`));
    e.title = `${of.label}\n${of.path}:${of.line}`;
  } else {
    if (of.extent !== "table") e.classList.add("loose");
    const count = new Set(n.paths.map((p) => p.effect)).size;
    e.append(el("span", "t", ...marked(of.name)), el("span", "m", count));
    e.title = `${of.name}\nchanged in ${count} place${count === 1 ? "" : "s"}`;
  }
  if (n.id === chosen) e.classList.add("chosen");
  return e;
}

function curve(a, b) {
  const y1 = a.y + 15, y2 = b.y + 15;
  if (b.x > a.x) {
    const x1 = a.x + a.w, x2 = b.x, half = Math.max(28, (x2 - x1) / 2);
    return `M${x1} ${y1}C${x1 + half} ${y1} ${x2 - half} ${y2} ${x2} ${y2}`;
  }
  const x = a.x + a.w, out = x + 34;
  return `M${x} ${y1}C${out} ${y1} ${out} ${y2} ${b.x + b.w} ${y2}`;
}

function draw() {
  const paths = D.paths.filter(kept);
  const { nodes, edges } = graph(paths);
  fitted = $("scroll").clientWidth;
  const size = place([...nodes.values()], edges, fitted);
  const canvas = $("canvas"), svg = $("edges");
  canvas.classList.remove("lit");
  canvas.classList.toggle("dense", edges.length > 250);
  Object.assign(canvas.style, { width: `${size.width}px`, height: `${size.height}px` });
  svg.setAttribute("width", size.width);
  svg.setAttribute("height", size.height);
  svg.replaceChildren(...edges
    .sort((a, b) => RANK[b.standing] - RANK[a.standing])
    .map((edge) => {
      const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
      path.setAttribute("d", curve(nodes.get(edge.a), nodes.get(edge.b)));
      path.setAttribute("class", `s-${edge.standing}`);
      edge.path = path;
      return path;
    }));
  $("nodes").replaceChildren(...[...nodes.values()].sort((a, b) => a.x - b.x || a.y - b.y).map((n) => (n.card = card(n))));
  const names = { entry: "Entry points", file: "Files", effect: "Effects", table: "Tables" };
  $("titles").replaceChildren(...size.columns.filter((c, at) => !at || size.columns[at - 1].kind !== c.kind).map((c) => {
    const count = size.columns.filter((o) => o.kind === c.kind).reduce((sum, o) => sum + o.nodes.length, 0);
    const title = el("span", "", names[c.kind], el("em", "", count));
    title.style.left = `${c.x}px`;
    return title;
  }));
  drawn = { nodes, edges, paths };
  const nothing = !D.paths.length ? "Nothing here can change a database, as far as guard can see." : "No way fits these filters.";
  $("none").hidden = paths.length > 0;
  $("none").textContent = nothing;
  $("reset").hidden = !(state.q || state.entry || state.table || state.unguarded || state.only);
  if (chosen) nodes.has(chosen) ? light(chosen) : choose("");
  remember();
}

// Everything on a way through a node, and only the part of it that leads to or from the node.
function light(id) {
  const canvas = $("canvas");
  const held = id && drawn.nodes.get(id);
  canvas.classList.toggle("lit", Boolean(held));
  if (!held) return;
  const paths = new Set(held.paths), on = new Set();
  const table = node.get(id).column === "table";
  for (const p of paths) { p.nodes.forEach((n) => on.add(n)); if (table) on.add(id); else p.tables.forEach((t) => on.add(t)); }
  for (const n of drawn.nodes.values()) n.card.classList.toggle("on", on.has(n.id));
  for (const e of drawn.edges) {
    const shared = [...e.paths].some((p) => paths.has(p));
    e.path.classList.toggle("on", shared && (!table || node.get(e.b).column !== "table" || e.b === id));
  }
}

function choose(id) {
  chosen = id;
  for (const n of drawn.nodes.values()) n.card.classList.toggle("chosen", n.id === id);
  light(id);
  const side = $("side");
  side.hidden = !id;
  if (id) side.replaceChildren(...details(id));
  remember();
}

function button(text, act) {
  const b = el("button", "plain", text);
  b.type = "button";
  b.addEventListener("click", act);
  return b;
}

function details(id) {
  const of = node.get(id), held = drawn.nodes.get(id);
  const names = { entry: "Entry point", file: "File", effect: "Effect", table: "Table" };
  const title = of.title || of.label || of.name || of.path;
  const where = of.path && of.line ? `${of.path}:${of.line}${of.column_ || ""}` : of.column === "file" ? "" : of.path || "";
  const kind = el("div", "kind", el("span", "", of.role ? `${names[of.column]} · ${of.role}` : names[of.column]), button("Close", () => choose("")));
  const only = state.only === id
    ? button("Show the rest again", () => { state.only = ""; draw(); choose(id); })
    : button("Show only its ways", () => { state.only = id; draw(); choose(id); });
  const ways = [...held.paths].sort((a, b) => RANK[a.standing] - RANK[b.standing]);
  const writes = of.column === "effect" ? el("p", "more", of.writes.map((w) => `${w.operation} → ${node.get(w.table).name}${w.columns && w.columns.length ? ` (${w.columns.join(", ")})` : ""}`).join("; ")) : null;
  return [
    kind, el("h2", "", title), where ? el("p", "place", where) : "", writes || "",
    el("div", "acts", only),
    ...ways.slice(0, MOST_WAYS).map(way),
    ways.length > MOST_WAYS ? el("p", "more", `and ${ways.length - MOST_WAYS} more ways`) : "",
  ];
}

function way(p) {
  const from = p.entry ? node.get(p.entry) : null;
  const steps = [
    from ? el("li", "", from.title, from.path ? el("code", "", `${from.path}:${from.line}`) : "") : el("li", "", "nothing calls it"),
    ...p.hops.map((hop) => el("li", "", hop.label, el("code", "", `${hop.path}:${hop.line}`))),
  ];
  const sign = { holds: "✓", hole: "✗", missing: "–" };
  const guards = p.guards.map((g) => el("div", `guard ${g.state}`, el("b", "", sign[g.state]),
    el("span", "", g.note, g.at ? el("code", "", `${g.at.path}:${g.at.line}`) : "")));
  const head = el("h3", "", el("span", "", node.get(p.effect).label), el("em", "", WORD[p.standing]));
  return el("div", `way s-${p.standing}`, head, el("ol", "", ...steps), ...guards);
}

// What is looked at stands in the address, so that it can be handed on.
function remember() {
  const said = new URLSearchParams();
  for (const key of ["q", "entry", "table", "only"]) if (state[key]) said.set(key, state[key]);
  if (state.unguarded) said.set("unguarded", "1");
  const usual = fresh().off;
  if ([...state.off].sort().join() !== [...usual].sort().join()) said.set("off", [...state.off].join(","));
  if (chosen) said.set("node", chosen);
  const hash = said.toString();
  try { history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search); } catch { /* an opaque origin has no history */ }
}

function recall() {
  const said = new URLSearchParams(location.hash.slice(1));
  const known = (id) => (node.has(id) ? id : "");
  state.q = (said.get("q") || "").toLowerCase();
  for (const key of ["entry", "table", "only"]) state[key] = known(said.get(key));
  state.unguarded = said.get("unguarded") === "1";
  if (said.has("off")) state.off = new Set(said.get("off").split(",").filter((name) => name in RANK));
  chosen = known(said.get("node"));
  if (said.get("theme")) document.documentElement.dataset.theme = said.get("theme") === "dark" ? "dark" : "light";
}

function show() {
  $("q").value = state.q;
  $("entry").value = state.entry;
  $("table").value = state.table;
  $("unguarded").checked = state.unguarded;
  $("chips").replaceChildren(...STANDINGS.map(([name, word]) => {
    const count = D.paths.filter((p) => p.standing === name).length;
    if (!count) return "";
    const chip = el("button", `chip s-${name}`, el("i"), el("b", "", count), word);
    chip.type = "button";
    chip.setAttribute("aria-pressed", String(!state.off.has(name)));
    chip.title = "Ways of this kind: show or hide";
    chip.addEventListener("click", () => { state.off.has(name) ? state.off.delete(name) : state.off.add(name); show(); draw(); });
    return chip;
  }).filter(Boolean));
}

function options(select, all, list, text) {
  select.replaceChildren(new Option(all, ""), ...list.map((item) => new Option(text(item), item.id)));
}

function start() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const root = document.documentElement;
  root.dataset.theme = dark.matches ? "dark" : "light";
  dark.addEventListener("change", () => { root.dataset.theme = dark.matches ? "dark" : "light"; });
  $("theme").addEventListener("click", () => { root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark"; });
  const count = (n, one) => `${n} ${one}${n === 1 ? "" : "s"}`;
  $("sum").textContent = [
    count(D.entries.length, "entry point"), count(D.files.length, "file"), count(D.effects.length, "effect"),
    count(D.tables.length, "table"), D.quarantine.length ? `${D.quarantine.length} in quarantine` : "",
    D.contract ? "" : "no contract yet",
  ].filter(Boolean).join(" · ");
  options($("entry"), "Every entry point", D.entries, (e) => (e.path ? `${e.title} — ${e.path}` : e.title));
  options($("table"), "Every table", [...D.tables].sort((a, b) => a.name.localeCompare(b.name)), (t) => t.name);
  recall();
  show();
  draw();
  if (chosen) choose(chosen);
  $("q").addEventListener("input", () => { state.q = $("q").value.trim().toLowerCase(); draw(); });
  $("entry").addEventListener("change", () => { state.entry = $("entry").value; draw(); });
  $("table").addEventListener("change", () => { state.table = $("table").value; draw(); });
  $("unguarded").addEventListener("change", () => { state.unguarded = $("unguarded").checked; draw(); });
  $("reset").addEventListener("click", () => { const off = state.off; Object.assign(state, fresh(), { off }); show(); draw(); });
  const id = (event) => event.target.closest && event.target.closest(".node")?.dataset.id;
  const board = $("nodes");
  board.addEventListener("mouseover", (event) => { if (id(event)) light(id(event)); });
  board.addEventListener("mouseout", () => light(chosen));
  board.addEventListener("focusin", (event) => light(id(event) || chosen));
  board.addEventListener("focusout", () => light(chosen));
  board.addEventListener("click", (event) => { const at = id(event); if (at) choose(at === chosen ? "" : at); });
  $("scroll").addEventListener("click", (event) => { if (!id(event)) choose(""); });
  new ResizeObserver(() => { if (Math.abs($("scroll").clientWidth - fitted) > 1) draw(); }).observe($("scroll"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") { choose(""); document.activeElement.blur(); }
    if (event.key === "/" && document.activeElement !== $("q")) { event.preventDefault(); $("q").focus(); }
  });
}

start();
