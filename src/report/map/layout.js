"use strict";
// Where everything stands: columns from the left to the right, and in each column an order in which few
// edges cross. Knows nothing of the page.
const ROW = 38, GAP = 14, TOP = 52;
const WIDTH = { entry: 236, file: 236, effect: 290, table: 190 };
const BETWEEN = { entry: 0, file: 60, effect: 64, table: 72 };
const EDGE = 24, NARROW = 0.84, WIDE = 1.3;

// nodes: [{ id, kind, level, rank }], edges: [{ a, b }]. Gives each node x, y, w and the size of it all. Fits
// into `room` where that leaves the columns legible.
function place(nodes, edges, room) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const out = new Map(), into = new Map();
  for (const { a, b } of edges) {
    if (!byId.has(a) || !byId.has(b)) continue;
    (out.get(a) || out.set(a, []).get(a)).push(byId.get(b));
    (into.get(b) || into.set(b, []).get(b)).push(byId.get(a));
  }
  const columns = [];
  for (const kind of ["entry", "file", "effect", "table"]) {
    const held = nodes.filter((node) => node.kind === kind);
    for (const level of [...new Set(held.map((node) => node.level))].sort((a, b) => a - b))
      columns.push({ kind, nodes: held.filter((node) => node.level === level) });
  }
  const before = (column, at) => (at > 0 ? BETWEEN[column.kind] : 0);
  const natural = columns.reduce((sum, column, at) => sum + before(column, at) + WIDTH[column.kind], 0);
  const scale = Math.min(WIDE, Math.max(NARROW, (room - 2 * EDGE) / (natural || 1)));
  let x = EDGE;
  columns.forEach((column, at) => {
    x += before(column, at) * scale;
    column.x = x;
    column.w = WIDTH[column.kind] * scale;
    for (const node of column.nodes) { node.x = x; node.w = column.w; }
    x += column.w;
  });
  // Effects stand in the order of their files, close together; everything else moves towards them.
  for (const column of columns) {
    column.nodes.sort((a, b) => a.rank - b.rank);
    stack(column.nodes, null);
  }
  const effects = columns.find((column) => column.kind === "effect");
  const mean = (list) => list.reduce((sum, node) => sum + node.y, 0) / list.length;
  const pull = (column, near, loose) => {
    for (const node of column.nodes) {
      const others = near.get(node.id);
      node.want = others && others.length ? mean(others) : node.y;
    }
    column.nodes.sort((a, b) => a.want - b.want || a.rank - b.rank);
    stack(column.nodes, loose ? (node) => node.want : null);
  };
  const both = new Map(nodes.map((n) => [n.id, [...(out.get(n.id) || []), ...(into.get(n.id) || [])]]));
  for (let round = 0; round < 6; round++) {
    for (const column of columns) if (column !== effects) pull(column, both, true);
    if (effects && round < 4) order(effects, into, out);
    for (const column of [...columns].reverse()) if (column !== effects) pull(column, out, column.kind !== "table");
    const tables = columns.filter((column) => column.kind === "table");
    for (const column of tables) pull(column, into, true);
  }
  // On a page that is much longer than a screen, what one starts with stands at its top.
  const tall = Math.max(0, ...columns.map((column) => column.nodes.length)) > 60;
  for (const column of columns) if (tall && column.kind === "entry") stack(column.nodes, null);
  let low = Infinity, high = 0;
  for (const node of nodes) { low = Math.min(low, node.y); high = Math.max(high, node.y); }
  for (const node of nodes) node.y += TOP - (tall && node.kind === "entry" ? 0 : low);
  return { columns, width: x + EDGE, height: (nodes.length ? high - low : 0) + TOP + ROW + 40 };
}

// Effects of one file stay together, in the order of their lines; the files' groups are ordered.
function order(column, into, out) {
  const groups = new Map();
  for (const node of column.nodes) (groups.get(node.group) || groups.set(node.group, []).get(node.group)).push(node);
  const list = [...groups.values()].map((nodes) => {
    const near = nodes.flatMap((n) => [...(into.get(n.id) || []), ...(out.get(n.id) || [])]);
    nodes.sort((a, b) => a.rank - b.rank);
    return { nodes, want: near.length ? near.reduce((s, n) => s + n.y, 0) / near.length : nodes[0].y };
  });
  list.sort((a, b) => a.want - b.want || a.nodes[0].rank - b.nodes[0].rank);
  column.nodes = list.flatMap((group) => group.nodes);
  stack(column.nodes, null);
}

// Without wishes one below the other; with wishes as near to them as the others allow.
function stack(nodes, want) {
  if (!want) {
    let y = 0, group;
    for (const node of nodes) {
      if (group !== undefined && node.group !== group) y += GAP;
      group = node.group;
      node.y = y;
      y += ROW;
    }
    return;
  }
  // Neighbours that would overlap become one block that stands where its members wish on the average.
  const blocks = [];
  for (const node of nodes) {
    let block = { nodes: [node], sum: want(node), size: 1 };
    for (;;) {
      const last = blocks[blocks.length - 1];
      if (!last || last.sum / last.size + last.size * ROW <= block.sum / block.size) break;
      blocks.pop();
      block = {
        nodes: [...last.nodes, ...block.nodes],
        sum: last.sum + block.sum - block.size * last.size * ROW,
        size: last.size + block.size,
      };
    }
    blocks.push(block);
  }
  for (const block of blocks) block.nodes.forEach((node, at) => { node.y = block.sum / block.size + at * ROW; });
}
