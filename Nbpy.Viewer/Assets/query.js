// A panel's questions: variables put in, asked through the viewer's proxy, answered as series or a table.
const units = { ms: 1, s: 1000, m: 60e3, h: 36e5, d: 864e5, w: 6048e5, M: 2592e6, y: 31536e6 };
const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 604800];

const MAX_BUCKETS = 2000;
export const duration = text => { const m = /^(\d+)(ms|[smhdwMy])$/.exec(text ?? ''); return m ? m[1] * units[m[2]] : null; };
export const span = ms => { const s = Math.round(ms / 1000); return s % 86400 === 0 ? s / 86400 + 'd' : s % 3600 === 0 ? s / 3600 + 'h' : s % 60 === 0 ? s / 60 + 'm' : s + 's'; };
export const nice = ms => 1000 * (steps.find(s => s * 1000 >= ms) ?? steps.at(-1));

const floors = { s: d => d.setMilliseconds(0), m: d => d.setSeconds(0, 0), h: d => d.setMinutes(0, 0, 0), d: d => d.setHours(0, 0, 0, 0), w: d => { d.setHours(0, 0, 0, 0); d.setDate(d.getDate() - (d.getDay() + 6) % 7); }, M: d => { d.setHours(0, 0, 0, 0); d.setDate(1); }, y: d => { d.setHours(0, 0, 0, 0); d.setMonth(0, 1); } };
const forward = { M: d => d.setMonth(d.getMonth() + 1), y: d => d.setFullYear(d.getFullYear() + 1), d: d => d.setDate(d.getDate() + 1), w: d => d.setDate(d.getDate() + 7) };
/** Grafana's times: `now-15m`, `now/d` (the day's beginning, or as an end its last moment), milliseconds, a date; null for what is none. */
export function moment(text, now, isEnd) {
  if (/^\d+$/.test(text)) return Number(text);
  const m = /^now((?:[+-]\d+(?:ms|[smhdwMy]))*)(?:\/([smhdwMy]))?$/.exec(text);
  if (!m) return Number.isNaN(Date.parse(text)) ? null : Date.parse(text);
  const at = new Date(now);
  for (const [, sign, n, unit] of m[1].matchAll(/([+-])(\d+)(ms|[smhdwMy])/g)) {
    const by = Number(n) * (sign === '-' ? -1 : 1);
    if (unit === 'M') at.setMonth(at.getMonth() + by); else if (unit === 'y') at.setFullYear(at.getFullYear() + by); else at.setTime(at.getTime() + by * units[unit]);
  }
  if (!m[2]) return at.getTime();
  floors[m[2]](at);
  if (isEnd) { forward[m[2]] ? forward[m[2]](at) : at.setTime(at.getTime() + units[m[2]]); at.setTime(at.getTime() - 1); }
  return at.getTime();
}

const regexEscape = s => String(s).replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&');
const textEscape = s => String(s).replace(/\\/g, '\\\\').replace(/'/g, "\\'");

/** Puts variables in: several values as (a|b) for a regular expression, one value as text. */
export function fill(query, scope) {
  return query.replace(/\$\{?(\w+)\}?/g, (whole, name) => {
    if (name === 'timeFilter' || name === '__timeFilter') return `time >= ${Math.floor(scope.from)}ms AND time <= ${Math.ceil(scope.to)}ms`;
    if (name === '__from') return String(Math.floor(scope.from));
    if (name === '__to') return String(Math.ceil(scope.to));
    if (name === '__interval') return scope.interval;
    if (name === '__interval_ms') return String(duration(scope.interval));
    const v = scope.variables.get(name);
    if (!v) return whole;
    // Seconds over days would be more buckets than a screen has points, and than the store likes.
    if (v.type === 'interval') return v.value.startsWith('$__auto') ? span(Math.max(duration(v.autoMin) ?? 1000, nice((scope.to - scope.from) / v.autoCount))) : span(Math.max(duration(v.value) ?? 1000, nice((scope.to - scope.from) / MAX_BUCKETS)));
    if (v.type === 'textbox') return regexEscape(v.value ?? '');
    if (v.multi) {
      const values = v.value.includes('$__all') ? v.options : v.value;
      return values.length ? '(' + values.map(regexEscape).join('|') + ')' : '.*';
    }
    return textEscape(v.value ?? '');
  });
}

export async function ask(url, options) {
  let answer;
  try { answer = await fetch(url, options); } catch (e) { if (e.name === 'AbortError') throw e; throw new Error('the viewer does not answer'); }
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.message ?? body.error ?? 'the viewer answered ' + answer.status), { status: answer.status });
  return body;
}

/** Asks several statements at once; answers the series of each, and in `why` what the store has not got at all. */
export async function run(statements, signal) {
  const body = await ask('/api/viewer/query', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ q: statements.join(';') }), signal });
  if (body.error) throw new Error(body.error);
  let why = null;
  const answers = statements.map((_, i) => {
    const r = body.results?.find(x => x.statement_id === i) ?? body.results?.[i] ?? {}, gone = /^(retention policy|measurement) not found:? *"?([^"]*)"?/.exec(r.error ?? '');
    if (r.error && !gone) throw new Error(r.error);
    if (gone) why = `the store has no ${gone[1]} ${gone[2]}` + (gone[1] === 'measurement' ? '' : ' (nbpy retention create makes it)');
    return r.series ?? [];
  });
  answers.why = why;
  return answers;
}

/** A series per field and tag set, named as Grafana's alias says. */
export function toSeries(answer, target) {
  const out = [];
  for (const s of answer) for (let c = 1; c < s.columns.length; c++) {
    const col = s.columns[c];
    const name = (target.alias || '$col').replace(/\$tag_(\w+)|\$(col|m)\b/g, (w, tag, k) => tag ? s.tags?.[tag] ?? '' : k === 'col' ? col : s.name);
    const points = [];
    for (const row of s.values) if (row[c] !== null && typeof row[c] === 'number') points.push([row[0], row[c]]);
    points.sort((a, b) => a[0] - b[0]);
    if (points.length) out.push({ name, field: col, tags: s.tags ?? {}, points });
    else if (s.values.some(r => r[c] !== null && r[c] !== undefined)) out.push({ name, field: col, tags: s.tags ?? {}, points: [], text: String(s.values.findLast(r => r[c] !== null)[c]) });
  }
  return out;
}

/** The numeric columns of a table as series. */
export function columnsAsSeries(table) {
  return table.columns.map((name, c) => ({ name, field: name, tags: {}, points: table.rows.filter(r => typeof r[c] === 'number').map(r => [r[0], r[c]]) })).slice(1).filter(s => s.points.length);
}

/** One table: Time, tags, fields. */
export function toTable(answers) {
  const columns = [], rows = [];
  const at = name => { let i = columns.indexOf(name); if (i < 0) i = columns.push(name) - 1; return i; };
  at('Time');
  for (const s of answers.flat()) {
    const tags = Object.entries(s.tags ?? {}).map(([k, v]) => [at(k), v]), fields = s.columns.map((c, i) => i ? at(c) : 0);
    for (const v of s.values) { const row = []; fields.forEach((f, i) => row[f] = v[i]); tags.forEach(([i, v2]) => row[i] = v2); rows.push(row); }
  }
  return { columns, rows };
}

/** Grafana's transformations that the dashboards use. */
export function transform(table, list) {
  let { columns, rows } = table;
  for (const t of list ?? []) {
    if (t.id === 'organize') {
      const keep = columns.map((c, i) => i).filter(i => !t.options.excludeByName?.[columns[i]]);
      rows = rows.map(r => keep.map(i => r[i])); columns = keep.map(i => t.options.renameByName?.[columns[i]] || columns[i]);
    } else if (t.id === 'convertFieldType') {
      for (const c of t.options.conversions ?? []) { const i = columns.indexOf(c.targetField); if (i >= 0 && c.destinationType === 'number') rows = rows.map(r => { const x = [...r]; x[i] = Number(r[i]); return x; }); }
    } else if (t.id === 'sortBy') {
      for (const s of t.options.sort ?? []) { const i = columns.indexOf(s.field); if (i >= 0) rows = [...rows].sort((a, b) => (a[i] > b[i] ? 1 : a[i] < b[i] ? -1 : 0) * (s.desc ? -1 : 1)); }
    }
  }
  return { columns, rows };
}
