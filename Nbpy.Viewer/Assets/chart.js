// A small time chart on a canvas: lines or dots, a band between the first two lines, a price axis at the right.
import { digitsOf, number, time } from './format.js';

const HOUR5 = 5 * 60e3;
const css = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

export class Chart {
  constructor(canvas) {
    this.canvas = canvas;
    this.hover = null;
    this.lines = [];
    canvas.addEventListener('pointermove', e => { this.hover = e.offsetX; this.draw(); });
    canvas.addEventListener('pointerleave', () => { this.hover = null; this.draw(); });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  /** lines: [{name, color, dots, points: [[ms, value, color?]]}]; now: ms of the right edge. */
  set(lines, now, band) { this.lines = lines; this.now = now; this.band = band; this.draw(); }

  draw() {
    const { canvas } = this, w = canvas.clientWidth, h = canvas.clientHeight, ratio = devicePixelRatio || 1;
    if (!w) return;
    if (canvas.width !== Math.round(w * ratio) || canvas.height !== Math.round(h * ratio)) { canvas.width = Math.round(w * ratio); canvas.height = Math.round(h * ratio); }
    const c = canvas.getContext('2d');
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, w, h);
    c.font = '11px Inter, "Segoe UI", system-ui, Arial, sans-serif';
    let low = Infinity, high = -Infinity;
    for (const l of this.lines) for (const p of l.points) { if (p[1] < low) low = p[1]; if (p[1] > high) high = p[1]; }
    if (low > high) return;
    const pad = (high - low) * .08 || Math.abs(high) * .001 || 1;
    low -= pad; high += pad;
    const step = nice((high - low) / 5), places = Math.min(8, Math.max(0, -Math.floor(Math.log10(step) + 1e-9)));
    const label = v => number(v, places);
    const ends = this.lines.filter(l => l.points.length && !l.dots).map(l => c.measureText(tag(l.points.at(-1)[1])).width);
    const right = Math.max(c.measureText(label(high)).width, c.measureText(label(low)).width, 34, ...ends) + 16;
    const box = { r: w - right, t: 6, b: h - 20 }, end = this.now, start = end - HOUR5;
    const x = t => (t - start) / HOUR5 * box.r, y = v => box.b - (v - low) / (high - low) * (box.b - box.t);

    c.strokeStyle = css('--grid'); c.fillStyle = css('--dim'); c.lineWidth = 1; c.textBaseline = 'middle'; c.textAlign = 'left';
    for (let v = Math.ceil(low / step) * step; v <= high; v += step) {
      const py = Math.round(y(v)) + .5;
      rule(c, 0, py, box.r, py); c.fillText(label(v), box.r + 8, py);
    }
    c.textAlign = 'center';
    for (let t = Math.ceil(start / 60e3) * 60e3; t < end; t += 60e3) {
      const px = Math.round(x(t)) + .5;
      rule(c, px, box.t, px, box.b);
      if (px > 20 && px < box.r - 16) c.fillText(time(t).slice(0, 5), px, h - 8);
    }
    c.save(); c.beginPath(); c.rect(0, 0, box.r, box.b + 2); c.clip();
    if (this.band && this.lines.length >= 2) this.fill(c, x, y);
    for (const l of this.lines) line(c, l, x, y);
    c.restore();
    this.tags(c, y, box, right);
    if (this.hover !== null && this.hover < box.r) this.tip(c, start + this.hover / box.r * HOUR5, box, x);
  }

  fill(c, x, y) {
    const [a, b] = this.lines;
    if (!a.points.length || !b.points.length) return;
    c.beginPath(); path(c, a.points, x, y, true);
    for (let i = b.points.length - 1; i >= 0; i--) { c.lineTo(x(b.points[i + 1]?.[0] ?? b.points[i][0]), y(b.points[i][1])); c.lineTo(x(b.points[i][0]), y(b.points[i][1])); }
    c.closePath(); c.globalAlpha = .1; c.fillStyle = css('--blue'); c.fill(); c.globalAlpha = 1;
  }

  tags(c, y, box, right) {
    const tags = this.lines.filter(l => l.points.length && !l.dots).map(l => ({ l, v: l.points.at(-1)[1] })).sort((a, b) => b.v - a.v);
    let above = -Infinity;
    c.textAlign = 'left';
    for (const { l, v } of tags) {
      const py = Math.min(Math.max(y(v), above + 16), box.b - 6);
      above = py;
      c.fillStyle = css(l.color); c.fillRect(box.r + 2, py - 8, right - 2, 16);
      c.fillStyle = css('--card'); c.fillText(tag(v), box.r + 7, py + .5);
    }
  }

  tip(c, t, box, x) {
    const rows = [];
    let best = null;
    for (const l of this.lines) {
      const p = nearest(l.points, t);
      if (p) { rows.push([l, p]); if (!best || Math.abs(p[0] - t) < Math.abs(best - t)) best = p[0]; }
    }
    if (best === null) return;
    c.strokeStyle = css('--dim'); rule(c, x(best), box.t, x(best), box.b);
    const text = [time(best), ...rows.map(([l, p]) => `${l.name}  ${number(p[1])}`)];
    const width = Math.max(...text.map(s => c.measureText(s).width)) + 16, left = x(best) + width + 10 > box.r ? x(best) - width - 8 : x(best) + 8;
    c.fillStyle = css('--bg'); c.strokeStyle = css('--line'); c.beginPath(); c.roundRect(left, box.t + 4, width, text.length * 16 + 8, 5); c.fill(); c.stroke();
    c.textAlign = 'left';
    text.forEach((s, i) => { c.fillStyle = i ? css(rows[i - 1][0].color) : css('--text'); c.fillText(s, left + 8, box.t + 16 + i * 16); });
  }
}

const tag = v => number(v, Math.min(5, Math.max(digitsOf([v]), 2)));
function nice(raw) { const p = 10 ** Math.floor(Math.log10(raw)), f = raw / p; return (f <= 1 ? 1 : f <= 2 ? 2 : f <= 5 ? 5 : 10) * p; }
function rule(c, x1, y1, x2, y2) { c.beginPath(); c.moveTo(x1, y1); c.lineTo(x2, y2); c.stroke(); }
function path(c, points, x, y, first) {
  let last = null;
  for (const [t, v] of points) {
    if (last === null) first ? c.moveTo(x(t), y(v)) : c.lineTo(x(t), y(v)); else { c.lineTo(x(t), y(last)); c.lineTo(x(t), y(v)); }
    last = v;
  }
}
function line(c, l, x, y) {
  c.strokeStyle = c.fillStyle = css(l.color); c.lineWidth = 1.5;
  if (!l.dots) { c.beginPath(); path(c, l.points, x, y, true); c.stroke(); return; }
  for (const [t, v] of l.points) { c.beginPath(); c.arc(x(t), y(v), 2.6, 0, 7); c.fill(); }
}
function nearest(points, t) {
  let best = null;
  for (const p of points) if (!best || Math.abs(p[0] - t) < Math.abs(best[0] - t)) best = p;
  return best;
}
