// One measurement: head with badge and age, big numbers, chart, table of the newest rows.
import { Chart } from './chart.js';
import { age, digitsOf, number } from './format.js';

const WINDOW = 5 * 60e3, STALE = 15e3, STALE_SLOW = 120e3, MAX_ROWS = 60;
const COLORS = ['--blue', '--amber', '--violet', '--bid', '--ask'];
const FIELD_COLOR = { bid: '--bid', ask: '--ask', bid_price: '--bid', ask_price: '--ask', back_price: '--blue', lay_price: '--ask', sentiment_score: '--violet', vwap: '--amber', last_trade_price: '--blue' };

export const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text !== undefined) e.textContent = text; return e; };

export class Panel {
  constructor(topic) {
    this.topic = topic; this.visible = false; this.series = []; this.history = new Map(); this.since = null; this.busy = false; this.tick = 0;
    this.root = el('section', 'panel');
    const top = el('div', 'top');
    this.title = el('h2', '', topic.measurement); this.title.title = topic.description;
    this.badges = el('span'); this.select = el('select'); this.select.ariaLabel = 'Instrument of ' + topic.measurement; this.select.hidden = true;
    this.age = el('span', 'age num');
    top.append(this.title, this.badges, el('span', 'gap'), this.select, this.age);
    this.hero = el('div', 'hero'); this.chips = el('div', 'chips');
    const plot = el('div', 'plot'), canvas = el('canvas');
    canvas.setAttribute('role', 'img'); canvas.setAttribute('aria-label', topic.measurement + ', last five minutes');
    this.empty = el('div', 'empty', 'loading …'); plot.append(canvas, this.empty);
    this.ladder = el('div', 'ladder'); this.ladder.hidden = true;
    this.scroll = el('div', 'scroll'); this.scroll.tabIndex = 0;
    this.root.append(top, this.hero, this.chips, plot, this.ladder, this.scroll);
    this.chart = new Chart(canvas);
    this.on = new Set(topic.chartFields);
    this.select.addEventListener('change', () => { this.chosen = this.select.value; this.history.clear(); this.since = null; this.render(); this.refresh(); });
  }

  async refresh() {
    if (this.busy || !this.visible) return;
    this.busy = true;
    try {
      const m = encodeURIComponent(this.topic.measurement);
      if (this.tick++ % 2 === 0 || !this.series.length) this.latest(await ask('/api/viewer/latest?measurement=' + m));
      const filter = this.filter();
      if (filter) {
        const chosen = this.chosen, since = this.since;
        const answer = await ask(`/api/viewer/series?measurement=${m}${since ? '&since=' + since : ''}${filter}`);
        if (chosen === this.chosen && since === this.since) this.add(answer);
      }
      this.problem = null;
    } catch (e) { this.problem = e.message; } finally { this.busy = false; }
    this.render();
  }

  key(tags) { return [...this.topic.instrumentTags, 'source'].map(t => tags[t] ?? '').join('\u0001'); }

  latest(answer) {
    this.offset = answer.now - Date.now();
    this.series = answer.series.map(s => {
      const row = s.values[0], values = {};
      s.columns.forEach((c, i) => { if (i) values[c] = row[i]; });
      return { tags: s.tags ?? {}, time: row[0], values };
    });
    const keys = [...new Map(this.series.map(s => [this.key(s.tags), s.tags])).entries()].sort((a, b) => a[0] < b[0] ? -1 : 1);
    const manySources = new Set(this.series.map(s => s.tags.source)).size > 1;
    const wanted = keys.map(([k]) => k).join('\u0002');
    if (wanted !== this.wanted) {
      this.wanted = wanted;
      if (!keys.some(([k]) => k === this.chosen)) this.chosen = keys[0]?.[0];
      this.select.replaceChildren(...keys.map(([k, tags]) => {
        const o = el('option', '', this.topic.instrumentTags.map(t => tags[t]).join(' · ') + (manySources ? ` (${tags.source || 'unmarked'})` : '') || 'all');
        o.value = k; o.selected = k === this.chosen; return o;
      }));
      this.select.hidden = keys.length < 2;
    }
    this.buildChips();
  }

  buildChips() {
    if (this.numeric || !this.series.length) return;
    this.numeric = this.topic.fields.filter(f => this.series.some(s => typeof s.values[f] === 'number'));
    if (!this.on.size && this.numeric.length) this.on.add(this.numeric[0]);
    this.chips.replaceChildren(...this.numeric.map(f => {
      const b = el('button', '', f); b.type = 'button'; b.ariaPressed = this.on.has(f);
      b.addEventListener('click', () => { this.on.has(f) ? this.on.delete(f) : this.on.add(f); b.ariaPressed = this.on.has(f); this.render(); });
      return b;
    }));
  }

  current() { return this.series.filter(s => this.key(s.tags) === this.chosen); }

  filter() {
    const mine = this.current();
    if (!mine.length) return null;
    const want = {};
    for (const t of [...this.topic.instrumentTags, 'source']) if (mine[0].tags[t]) want[t] = mine[0].tags[t];
    if (this.topic.kind === 'depth') want.level = best(mine).tags.level;
    return Object.entries(want).map(([k, v]) => `&tag.${encodeURIComponent(k)}=${encodeURIComponent(v)}`).join('');
  }

  add(answer) {
    let newest = this.since ?? 0;
    for (const s of answer.series) {
      const id = JSON.stringify(s.tags ?? {});
      if (!this.history.has(id)) this.history.set(id, { tags: s.tags ?? {}, rows: [] });
      const h = this.history.get(id);
      for (let i = s.values.length - 1; i >= 0; i--) {
        const values = {}; s.columns.forEach((c, j) => values[c] = s.values[i][j]);
        h.rows.push([s.values[i][0], values]);
      }
      newest = Math.max(newest, s.values[0][0]);
    }
    const from = answer.now - WINDOW;
    for (const [id, h] of this.history) { h.rows = h.rows.filter(r => r[0] >= from); if (!h.rows.length) this.history.delete(id); }
    if (newest) this.since = newest;
  }

  render() {
    const now = Date.now() + (this.offset ?? 0), newest = Math.max(0, ...this.series.map(s => s.time));
    const slow = this.topic.kind === 'orders' || this.topic.kind === 'sentiment' || this.topic.kind === 'custom';
    this.age.textContent = newest ? age(now - newest) : ''; this.age.title = 'age of the newest point';
    const stale = newest > 0 && now - newest > (slow ? STALE_SLOW : STALE);
    if (stale) this.age.textContent = 'stale ' + this.age.textContent;
    this.root.classList.toggle('stale', stale);
    const sources = [...new Set(this.current().map(s => s.tags.source || 'unmarked'))];
    if (this.sources !== sources.join()) {
      this.sources = sources.join();
      this.badges.replaceChildren(...sources.map(s => el('span', 'badge ' + (['live', 'replay', 'simulated'].includes(s) ? s : 'unmarked'), s.toUpperCase())));
    }
    const lines = this.lines();
    const drawn = lines.some(l => l.points.length);
    this.empty.textContent = this.problem ?? (!newest ? 'no data in the last hour' : drawn ? '' : 'no points in the last 5 minutes');
    this.empty.hidden = !this.empty.textContent;
    this.chart.set(this.problem && !drawn ? [] : lines, now, ['tick', 'depth', 'betting'].includes(this.topic.kind) && this.on.size >= 2);
    this.renderHero(); this.renderLadder(); this.renderTable(now);
  }

  lines() {
    const all = [...this.history.values()], fields = this.topic.fields.filter(f => this.on.has(f));
    if (this.topic.kind === 'orders' && fields.length === 1) {
      return ['buy', 'sell', ''].map(side => ({ name: side || fields[0], color: side === 'buy' ? '--bid' : side === 'sell' ? '--ask' : '--blue', dots: true,
        points: all.filter(h => (h.tags.side ?? '') === side).flatMap(h => pick(h, fields[0])).sort((a, b) => a[0] - b[0]) })).filter(l => l.points.length);
    }
    return fields.map((f, i) => ({ name: f, color: FIELD_COLOR[f] ?? COLORS[i % COLORS.length], dots: this.topic.kind === 'orders',
      points: all.flatMap(h => pick(h, f)).sort((a, b) => a[0] - b[0]) }));
  }

  /** The most digits seen of an instrument's fields: a trailing zero does not make the numbers jump. */
  digits(tags, fields, values) {
    const k = this.key(tags) + fields.join();
    this.seen ??= {};
    return this.seen[k] = Math.max(this.seen[k] ?? 0, digitsOf(fields.map(f => values[f])));
  }

  renderHero() {
    const mine = this.current(), top = this.topic.kind === 'depth' ? best(mine) : mine.reduce((a, b) => !a || b.time > a.time ? b : a, null);
    if (!top) { this.hero.replaceChildren(); return; }
    const v = top.values, items = [];
    const put = (name, value, cls, digits) => { if (value !== undefined && value !== null) items.push([name, value, cls, digits]); };
    const pair = (b, a, names, left = 'bid') => {
      const d = this.digits(top.tags, [b, a], v);
      put(names[0], v[b], left, d); put(names[1], v[a], 'ask', d);
      if (typeof v[b] === 'number' && typeof v[a] === 'number') put('spread', v[a] - v[b], '', d);
    };
    switch (this.topic.kind) {
      case 'tick': pair('bid', 'ask', ['bid', 'ask']); put('last', v.last_trade_price, '', this.digits(top.tags, ['last_trade_price'], v)); put('VWAP', v.vwap, '', this.digits(top.tags, ['vwap'], v)); break;
      case 'depth': {
        pair('bid_price', 'ask_price', ['best bid', 'best ask']);
        const sum = f => mine.reduce((n, s) => n + (s.values[f] ?? 0), 0), b = sum('bid_size'), a = sum('ask_size');
        if (b + a) put('bid share', Math.round(b / (a + b) * 100) + ' %'); break;
      }
      case 'betting': pair('back_price', 'lay_price', ['back', 'lay'], 'back'); put('last', v.last_traded_price); put('matched', v.matched_amount, '', 0); break;
      case 'sentiment': put('score', v.sentiment_score, v.sentiment_score > .05 ? 'bid' : v.sentiment_score < -.05 ? 'ask' : ''); put('followers', v.followers); put('author', v.author); break;
      case 'orders': put('last order', v.price); put('side', top.tags.side, top.tags.side === 'buy' ? 'bid' : 'ask'); put('status', (top.tags.status ?? '').replaceAll('_', ' ')); put('type', top.tags.type); break;
      default: for (const f of this.topic.fields.slice(0, 4)) put(f, v[f]);
    }
    this.hero.replaceChildren(...items.map(([n, x, cls, d]) => { const box = el('div', '', n); box.append(el('b', cls, number(x, d))); return box; }));
  }

  renderLadder() {
    if (this.topic.kind !== 'depth') return;
    const rows = this.current().sort((a, b) => a.tags.level - b.tags.level).slice(0, 10);
    this.ladder.hidden = !rows.length;
    const most = Math.max(...rows.flatMap(r => [r.values.bid_size ?? 0, r.values.ask_size ?? 0]), 1e-12);
    const pd = digitsOf(rows.flatMap(r => [r.values.bid_price, r.values.ask_price])), sd = Math.min(4, digitsOf(rows.flatMap(r => [r.values.bid_size, r.values.ask_size])));
    this.ladder.replaceChildren(...rows.flatMap(r => {
      const size = (cls, v) => { const s = el('span', cls, number(v, sd)), bar = el('i', 'bar'); bar.style.width = (v ?? 0) / most * 100 + '%'; s.prepend(bar); return s; };
      return [size('b', r.values.bid_size), el('span', 'bp', number(r.values.bid_price, pd)), el('span', 'ap', number(r.values.ask_price, pd)), size('a', r.values.ask_size)];
    }));
  }

  renderTable(now) {
    this.scroll.hidden = this.topic.kind === 'depth' || !this.series.length;
    if (this.scroll.hidden) return;
    const tags = this.topic.tags.filter(t => t !== 'exchange'), fields = this.topic.fields;
    const table = el('table'), head = el('tr');
    head.append(...tags.map(t => el('th', 'l', t)), ...fields.map(f => el('th', '', f.replaceAll('_', ' '))), el('th', '', 'age'));
    table.append(head);
    const byTime = [...this.series].sort(this.topic.kind === 'orders' ? (a, b) => b.time - a.time : (a, b) => this.key(a.tags) < this.key(b.tags) ? -1 : 1);
    for (const s of byTime.slice(0, MAX_ROWS)) {
      const row = el('tr', [now - s.time > STALE_SLOW ? 'old' : '', this.key(s.tags) === this.chosen && !this.select.hidden ? 'sel' : ''].join(' ').trim());
      row.append(...tags.map(t => el('td', 'l', s.tags[t] ?? '–')), ...fields.map(f => el('td', '', number(s.values[f], typeof s.values[f] === 'number' ? this.digits(s.tags, [f], s.values) : undefined))), el('td', '', age(now - s.time)));
      table.append(row);
    }
    const { scrollTop, scrollLeft } = this.scroll;
    this.scroll.replaceChildren(table); this.scroll.scrollTop = scrollTop; this.scroll.scrollLeft = scrollLeft;
  }
}

const pick = (h, f) => h.rows.filter(r => typeof r[1][f] === 'number').map(r => [r[0], r[1][f]]);
const best = rows => rows.reduce((a, b) => !a || Number(b.tags.level) < Number(a.tags.level) ? b : a, null);

export async function ask(url) {
  let answer;
  try { answer = await fetch(url); } catch { throw new Error('the viewer does not answer'); }
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.message ?? 'the viewer answered ' + answer.status);
  return body;
}
