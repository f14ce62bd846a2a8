// Numbers, ages and tags as people read them.
const formats = new Map();
/** A number with so many digits: making a format takes longer than using it, so each is made once. */
export function digits(v, least, most) {
  const key = least * 10 + most;
  if (!formats.has(key)) formats.set(key, new Intl.NumberFormat('en-US', { minimumFractionDigits: least, maximumFractionDigits: most }));
  return formats.get(key).format(v);
}
export function decimals(v) {
  const a = Math.abs(v);
  return a >= 1000 ? 2 : a >= 20 ? 3 : a >= 2 ? 4 : a >= .01 || !a ? 5 : Math.min(10, 3 - Math.floor(Math.log10(a)));
}
const parts = v => /^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(Number(v.toPrecision(9))));
/** How many decimals numbers that stand together have, so that figures keep their width while they move (1.20 between 1.19 and 1.21): all of those
    that a venue or a person wrote, and of means and the like, which have no end, as many as people read. */
export function steady(values) {
  let most = 0, long = false, largest = 0;
  for (const v of values) {
    const p = Number.isFinite(v) && parts(v); if (!p) continue;
    most = Math.max(most, (p[2]?.length ?? 0) - Number(p[3] ?? 0)); long ||= (p[1] + (p[2] ?? '')).replace(/^0+/, '').length > 8; largest = Math.max(largest, Math.abs(v));
  }
  return Math.min(most, long ? decimals(largest) : 10);
}
export function age(ms) {
  if (ms < 0) ms = 0;
  if (ms < 9950) return (ms / 1000).toFixed(1) + ' s';
  if (ms < 120e3) return Math.round(ms / 1000) + ' s';
  return ms < 7200e3 ? Math.round(ms / 60e3) + ' min' : Math.round(ms / 3600e3) + ' h';
}
