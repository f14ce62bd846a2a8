// Panels that differ only in what they select are asked as one: the store reads the same points once for all of them.
import { run } from './query.js';

const ITEM = /\s*(.+?) AS "((?:[^"\\]|\\.)*)"(?:,|$)/y;
// Of these a field's value in a bucket does not depend on what else is selected. Not of count, which says 0 or nothing, nor of differences.
const PLAIN = /^(?:[\s\d.+\-*/()]|(?:mean|last|first|max|min|sum)\("(?:[^"\\]|\\.)*"\))+$/;
const MAX_COLUMNS = 40;
let waiting = null;

/** What a statement selects and the rest of it, where the rest groups by time and can be shared; else null. */
export function parse(statement) {
  const m = /^SELECT (.+?) (FROM "[^()]*? WHERE .* GROUP BY time\(.*)$/.exec(statement);
  if (!m) return null;
  const items = [];
  for (ITEM.lastIndex = 0; ITEM.lastIndex < m[1].length;) {
    const item = ITEM.exec(m[1]);
    if (!item || !PLAIN.test(item[1])) return null;
    items.push([item[1], item[2]]);
  }
  return { items, tail: m[2] };
}

/** Series as a statement of its own would have got them: its columns by its names, without rows that hold nothing for it. */
function pick(series, items, columns, sparse) {
  const at = items.map(([e]) => columns.indexOf(e) + 1), names = ['time', ...items.map(i => i[1])];
  return series.map(s => ({ ...s, columns: names, values: s.values.map(r => [r[0], ...at.map(i => r[i])]).filter(r => !sparse || r.some((v, i) => i && v !== null)) })).filter(s => s.values.length);
}

async function shared(group) {
  const columns = group.tail ? [...new Set(group.users.flatMap(u => u.items.map(i => i[0])))] : [];
  if (group.users.length > 1 && columns.length <= MAX_COLUMNS) {
    try {
      const all = await run([`SELECT ${columns.map((e, i) => `${e} AS "c${i}"`).join(', ')} ${group.tail}`]);
      for (const u of group.users) u.done(pick(all[0], u.items, columns, group.tail.endsWith('fill(none)')), all.why);
      return;
    } catch { /* One of them is at fault: each is asked by itself and says so itself. */ }
  }
  await Promise.all(group.users.map(u => run([u.statement]).then(a => u.done(a[0], a.why), u.failed)));
}

function send() {
  const groups = new Map(), users = waiting; waiting = null;
  for (const u of users) {
    const p = parse(u.statement), key = p?.tail ?? u;
    u.items = p?.items;
    if (!groups.has(key)) groups.set(key, { tail: p?.tail, users: [] });
    groups.get(key).users.push(u);
  }
  groups.forEach(shared);
}

/** As `run`, with all that is asked in the same moment. */
export async function runShared(statements, signal) {
  const answers = await Promise.all(statements.map(statement => new Promise((resolve, failed) => {
    if (!waiting) { waiting = []; queueMicrotask(send); }
    waiting.push({ statement, failed, done: (series, why) => resolve({ series, why }) });
  })));
  signal?.throwIfAborted();
  const all = answers.map(a => a.series);
  all.why = answers.find(a => a.why)?.why ?? null;
  return all;
}
