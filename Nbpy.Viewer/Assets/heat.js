// Colour by value over time: a row per level or range of values, or an order book with its prices upwards. Time is time: where nothing came, nothing is drawn.
import { show, css, color, escapeHtml, stamp } from './units.js';

const SCHEMES = { Greens: 'green', Reds: 'red', Blues: 'blue' };
const mostly = sorted => sorted[Math.floor(sorted.length * .98)] ?? 1;
/** The usual distance between times; `otherwise` where there are too few. */
export function stepOf(times, otherwise) {
  const gaps = times.slice(1).map((t, i) => t - times[i]).filter(g => g > 0).sort((a, b) => a - b);
  return gaps[Math.floor(gaps.length / 2)] ?? otherwise;
}
/** From transparent to the colour, by share. */
const tint = (c, share) => c + Math.round(30 + 225 * Math.sqrt(Math.max(0, Math.min(1, share)))).toString(16).padStart(2, '0');

/** Rectangles over time: cells are [from, to, low, high, fill, words]. */
function cells(list, marks, axes) {
  const draw = (p, api) => {
    const a = api.coord([api.value(0), api.value(3)]), b = api.coord([api.value(1), api.value(2)]), area = p.coordSys;
    const x = Math.max(a[0], area.x), right = Math.min(b[0], area.x + area.width), gap = b[0] - a[0] > 4 ? 1 : 0, height = Math.max(axes.least ?? 1, Math.abs(b[1] - a[1]) - (axes.gap ?? 0));
    if (right - x < .3) return;
    return { type: 'rect', shape: { x, y: (a[1] + b[1]) / 2 - height / 2, width: Math.max(1, right - x - gap), height }, style: { fill: list[p.dataIndex][4] } };
  };
  return { type: 'custom', renderItem: draw, data: list.map(c => c.slice(0, 4)), encode: { x: [0, 1], y: [2, 3] }, clip: true, progressive: 0, markLine: marks };
}

/** The axis of time below the rows: their numbers are places, and one of them is 0. */
const below = axis => ({ ...axis, axisLine: { ...axis.axisLine, onZero: false } });

function scale(view, parts) {
  view.legend.replaceChildren(...parts.map(([low, high, c]) => {
    const b = document.createElement('span'), bar = document.createElement('i'); b.className = 'key'; bar.className = 'scale'; bar.style.background = `linear-gradient(90deg, ${tint(c, 0)}, ${c})`;
    b.append(low, bar, high); return b;
  }));
}

export function heatmap(view, series, marks) {
  const { from, to } = view.range, p = view.panel, o = p.options ?? {}, unit = p.fieldConfig?.defaults?.unit, end = color(SCHEMES[o.color?.scheme] ?? 'orange'), values = []; let rows, label, raw = [];
  if (o.calculate) {
    const n = 48, step = (to - from) / n, size = Number(o.calculation?.yBuckets?.value) || 0.2, counts = new Map();
    for (const s of series) for (const [t, v] of s.points) { const k = Math.min(n - 1, Math.floor((t - from) / step)) + '|' + Math.floor(v / size + 1e-9); counts.set(k, (counts.get(k) ?? 0) + 1); }
    const ys = [...counts.keys()].map(k => Number(k.split('|')[1])), low = Math.min(...ys), high = Math.max(...ys);
    rows = Array.from({ length: high - low + 1 }, (_, i) => low + i); label = y => (y * size).toFixed(1);
    raw = [...counts].map(([k, v]) => { const [x, y] = k.split('|').map(Number); return [from + x * step, from + (x + 1) * step, y, v]; });
  } else {
    rows = series.map(s => s.name).sort((a, b) => Number.isNaN(Number(a)) ? a.localeCompare(b) : a - b); label = y => y;
    const step = stepOf([...new Set(series.flatMap(s => s.points.map(q => q[0])))].sort((a, b) => a - b), (to - from) / 80);
    for (const s of series) for (const [t, v] of s.points) if (v) raw.push([t, t + step, s.name, v]);
  }
  for (const r of raw) values.push(r[3]);
  values.sort((a, b) => a - b);
  const least = o.calculate ? 0 : values[0] ?? 0, top = Math.max(mostly(values), least + 1e-12), at = new Map(rows.map((y, i) => [y, i]));
  const list = raw.map(([a, b, y, v]) => [a, b, at.get(y) - .5, at.get(y) + .5, tint(end, (v - least * .6) / (top - least * .6)), `<b>${stamp(a)}</b><br>${escapeHtml(label(y))}: <b>${show(v, unit)}</b>`]);
  const axis = { ...view.yAxis({}), scale: false, min: -.5, max: rows.length - .5, inverse: !!o.yAxis?.reverse, splitLine: { show: false }, interval: 1, axisLabel: { color: css('dim'), fontSize: 11, customValues: rows.map((_, i) => i), formatter: v => Number.isInteger(v) && rows[v] !== undefined ? label(rows[v]) : '' } };
  view.option({
    grid: { left: 18 + 6.5 * Math.max(...rows.map(r => String(label(r)).length)), right: 24, top: 8, bottom: 22 }, xAxis: below(view.xAxis()), yAxis: axis, series: [cells(list, view.markLine(marks), { gap: 1 })],
    tooltip: { ...view.tooltip(q => list[q.dataIndex]?.[5] ?? escapeHtml(q.name)), trigger: 'item' },
  });
  const said = v => show(v, unit, o.calculate ? 0 : Math.max(0, Math.min(10, 2 - Math.floor(Math.log10(top)))));
  scale(view, [[said(least), said(top), end]]);
}

/** Grafana's XY chart as the dashboards use it: per series a table with a time, a price and the size that colours it. */
export function book(view, tables, marks) {
  const { from, to } = view.range, p = view.panel, sides = [];
  for (const [i, s] of (p.options?.series ?? []).entries()) {
    const t = tables[s.frame?.matcher?.options ?? i], at = m => t?.columns.indexOf(m?.matcher?.options) ?? -1, [x, y, c] = [at(s.x), at(s.y), at(s.color)];
    if (!t || x < 0 || y < 0 || c < 0) continue;
    const scheme = p.fieldConfig?.overrides?.find(o => o.matcher.options === s.color.matcher.options)?.properties.find(q => q.id === 'color')?.value.mode ?? '';
    const rows = t.rows.filter(r => typeof r[y] === 'number' && typeof r[c] === 'number' && r[x] <= to), name = s.name?.fixed ?? s.y.matcher.options;
    if (rows.length) sides.push({ name, color: color(/green/i.test(scheme) ? 'green' : /red/i.test(scheme) ? 'red' : 'blue'), rows: rows.map(r => [r[x], r[y], r[c]]) });
  }
  if (!sides.length) return view.empty('no data in this range');
  const all = sides.flatMap(s => s.rows), step = stepOf([...new Set(all.map(r => r[0]))].sort((a, b) => a - b), (to - from) / 80), spacing = [];
  for (const s of sides) { const at = new Map(); for (const r of s.rows) at.set(r[0], [...at.get(r[0]) ?? [], r[1]]); for (const p of at.values()) { p.sort((a, b) => a - b); p.slice(1).forEach((v, i) => v > p[i] && spacing.push(v - p[i])); } }
  // As tall as levels usually are apart.
  spacing.sort((a, b) => a - b);
  const low = all.reduce((m, r) => Math.min(m, r[1]), Infinity), high = all.reduce((m, r) => Math.max(m, r[1]), -Infinity), room = (high - low) * .03 || Math.abs(low) * 1e-4, tall = (spacing[Math.floor(spacing.length / 2)] ?? room) * .9, list = [], keys = [];
  for (const s of sides) {
    const top = mostly(s.rows.map(r => r[2]).sort((a, b) => a - b));
    for (const [t, price, size] of s.rows) list.push([t, t + step, price - tall / 2, price + tall / 2, tint(s.color, size / top), `<b>${stamp(t)}</b><br>${escapeHtml(s.name)} at <b>${show(price)}</b>: <b>${show(size)}</b>`]);
    keys.push([`${s.name}: 0`, show(top, undefined, 1), s.color]);
  }
  view.option({
    grid: { left: 10, right: 24, top: 10, bottom: 2, containLabel: true }, xAxis: view.xAxis(), yAxis: { ...view.yAxis({}), min: low - room, max: high + room, axisLabel: { color: css('dim'), fontSize: 11, showMinLabel: false, showMaxLabel: false, formatter: v => show(v) } },
    series: [cells(list, view.markLine(marks), { least: 3 })], tooltip: { ...view.tooltip(q => list[q.dataIndex]?.[5] ?? escapeHtml(q.name)), trigger: 'item' },
  });
  scale(view, keys);
}
