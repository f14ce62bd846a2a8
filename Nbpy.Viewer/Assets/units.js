// Grafana's units and colours, as far as this project's dashboards use them.
import { decimals, digits } from './format.js';

const scaled = (v, steps, base) => {
  let i = 0, a = Math.abs(v);
  while (a >= base && i < steps.length - 1) { a /= base; v /= base; i++; }
  return [v, steps[i]];
};
const fixed = (v, d) => digits(v, d ?? 0, d ?? decimals(v));

export function show(v, unit, d) {
  if (v === null || v === undefined || v === '') return '–';
  if (typeof v !== 'number') return String(v);
  const auto = Math.abs(v) >= 100 ? 1 : 2;
  switch (unit) {
    case 'percentunit': return fixed(v * 100, d ?? 1) + ' %';
    case 'percent': return fixed(v, d ?? 1) + ' %';
    case 'currencyGBP': { const [x, s] = scaled(v, ['', ' K', ' M', ' B'], 1000); return '£' + fixed(x, s ? d ?? 1 : d ?? 2) + s; }
    case 'short': { const [x, s] = scaled(v, ['', ' K', ' M', ' B', ' T'], 1000); return fixed(x, s ? d ?? auto : d) + s; }
    case 'bytes': { const [x, s] = scaled(v, ['B', 'KiB', 'MiB', 'GiB', 'TiB'], 1024); return fixed(x, d ?? (s === 'B' ? 0 : 1)) + ' ' + s; }
    case 'ms': return Math.abs(v) >= 1000 ? fixed(v / 1000, d ?? 2) + ' s' : fixed(v, d ?? 1) + ' ms';
    default: return fixed(v, d);
  }
}

const names = ['blue', 'green', 'red', 'yellow', 'orange', 'purple'];
export function color(name) {
  const bare = (name ?? 'blue').replace(/^(semi-dark|dark|light|super-light)-/, '');
  return names.includes(bare) ? getComputedStyle(document.documentElement).getPropertyValue('--' + bare).trim() : bare === 'text' ? css('text') : name;
}
export const css = name => getComputedStyle(document.documentElement).getPropertyValue('--' + name).trim();
const palette = ['blue', 'orange', 'green', 'purple', 'yellow', 'red', '#3bb6c4', '#d67bb6', '#93a84a', '#8f9bb0'];
export const paletteColor = i => color(palette[i % palette.length]);
export function threshold(v, t) {
  let c = t?.steps?.[0]?.color ?? 'blue';
  for (const s of t?.steps ?? []) if (s.value === null || s.value === undefined || v >= s.value) c = s.color;
  return color(c);
}
export function mapped(v, mappings) {
  for (const m of mappings ?? []) {
    if (m.type === 'range' && (m.options.from ?? -Infinity) <= v && v <= (m.options.to ?? Infinity)) return m.options.result;
    if (m.type === 'value' && m.options[v]) return m.options[v];
  }
  return null;
}
export const escapeHtml = s => String(s).replace(/[&<>"']/g, c => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]);
/** A time as people read it, to the second; with its date where that is not today's. */
export const stamp = ms => { const d = new Date(ms), two = n => String(n).padStart(2, '0'), day = d.toDateString() === new Date().toDateString() ? '' : `${d.getFullYear() === new Date().getFullYear() ? '' : d.getFullYear() + '-'}${two(d.getMonth() + 1)}-${two(d.getDate())} `; return day + clock(ms, 0); };
export const clock = (ms, span) => {
  const d = new Date(ms), two = n => String(n).padStart(2, '0');
  const hm = two(d.getHours()) + ':' + two(d.getMinutes());
  return span > 2 * 864e5 ? `${two(d.getMonth() + 1)}-${two(d.getDate())} ${hm}` : span > 36e5 ? hm : hm + ':' + two(d.getSeconds());
};
