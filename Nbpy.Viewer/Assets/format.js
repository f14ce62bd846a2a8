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
  return a >= 1000 ? 2 : a >= 20 ? 3 : a >= 2 ? 4 : 5;
}
export function age(ms) {
  if (ms < 0) ms = 0;
  if (ms < 9950) return (ms / 1000).toFixed(1) + ' s';
  if (ms < 120e3) return Math.round(ms / 1000) + ' s';
  return ms < 7200e3 ? Math.round(ms / 60e3) + ' min' : Math.round(ms / 3600e3) + ' h';
}
