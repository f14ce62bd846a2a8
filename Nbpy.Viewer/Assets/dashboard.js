// One dashboard: variables, time range, refresh, panels; the address says all of it.
import { View } from './draw.js';
import { runShared } from './merge.js';
import { ask, duration, fill, moment, nice, run, span } from './query.js';
import { stamp } from './units.js';

const $ = id => document.getElementById(id);
const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text !== undefined) e.textContent = text; return e; };
const RANGES = [['now-1m', '1 minute'], ['now-5m', '5 minutes'], ['now-15m', '15 minutes'], ['now-1h', '1 hour'], ['now-6h', '6 hours'], ['now-24h', '24 hours'], ['now-7d', '7 days'], ['now-30d', '30 days'], ['now-365d', '1 year']];

// The drawing library is large: what it will draw is asked for while it comes.
const library = window.echarts ? Promise.resolve() : new Promise((ready, failed) => {
  const script = $('library'); script.addEventListener('load', ready); script.addEventListener('error', () => failed(new Error('the drawing library did not load')));
});
library.catch(() => {}); // Each panel says it.

export class DashboardPage {
  constructor(board) {
    this.board = board; this.address = new URLSearchParams(location.search);
    this.from = this.address.get('from') ?? board.time?.from ?? 'now-15m'; this.to = this.address.get('to') ?? board.time?.to ?? 'now';
    // Said, and not quietly another range.
    for (const end of ['from', 'to']) if (moment(this[end], Date.now()) === null) { this.odd = `The address says ${end}=${this[end]}, which is no time that this page knows: it shows ${RANGES[2][1]}.`; this.from = 'now-15m'; this.to = 'now'; }
    this.every = this.address.get('refresh') ?? board.refresh ?? '5s'; this.variables = new Map(); this.zoomed = []; this.settled = this.address.has('var-source');
  }

  async start() {
    document.title = this.board.title + ' · NBPY';
    this.bar(); this.panels();
    await this.loadVariables();
    this.write(false); await this.refresh(); this.loop(); this.reload();
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.refresh(); });
  }

  bar() {
    const range = $('range');
    range.onchange = () => { const v = range.value; if (v.startsWith('now')) { this.zoomed = []; this.go(v, 'now'); } };
    this.showRange();
    const steps = ['', ...(this.board.timepicker?.refresh_intervals ?? ['1s', '5s', '10s', '30s', '1m'])];
    $('refresh').replaceChildren(...steps.map(s => { const o = el('option', '', s ? '⟳ ' + s : '⟳ off'); o.value = s; o.selected = s === this.every; return o; }));
    $('refresh').onchange = () => { this.every = $('refresh').value; this.write(true); this.loop(); };
    $('back').onclick = () => { const old = this.zoomed.pop(); if (old) return this.go(...old); const { from, to } = this.scope(), half = (to - from) / 2; this.go(String(Math.round(from - half)), String(Math.round(Math.min(Date.now(), to + half)))); };
  }
  showRange() {
    const list = [...RANGES];
    if (this.to !== 'now' || !list.some(r => r[0] === this.from)) { const s = this.scope(); list.unshift([this.from, /^now/.test(this.from) && /^now/.test(this.to) ? `${this.from} – ${this.to}` : `${stamp(s.from)} – ${stamp(s.to)}`]); }
    $('range').replaceChildren(...list.map(([v, t]) => { const o = el('option', '', t); o.value = v; o.selected = v === this.from; return o; }));
  }
  go(from, to) { this.from = from; this.to = to; this.showRange(); this.write(true); this.refresh(); }
  scope(width, now = Date.now()) {
    const from = moment(this.from, now), to = moment(this.to, now, true);
    return { from, to, interval: span(nice((to - from) / Math.max(60, Math.min(600, (width ?? 600) / 2)))), variables: this.variables };
  }

  write(push) {
    const a = this.address; a.set('from', this.from); a.set('to', this.to); a.set('refresh', this.every);
    if (document.body.classList.contains('kiosk')) a.set('kiosk', ''); else a.delete('kiosk'); // Set by the button since this page was opened, as the theme is.
    if (a.has('theme')) a.set('theme', document.documentElement.dataset.theme);
    for (const [n, v] of this.variables) { a.delete('var-' + n); for (const x of [].concat(v.value ?? [])) a.append('var-' + n, x); }
    history[push ? 'pushState' : 'replaceState'](null, '', location.pathname + '?' + a);
    if (push && !this.pops) { this.pops = true; addEventListener('popstate', () => location.reload()); }
  }

  /** Every minute, and sooner while there is none or the store was away: pairs and markets come and go while a page is open. */
  reload() {
    const empty = [...this.variables.values()].some(v => v.type === 'query' && !v.options.length);
    setTimeout(async () => {
      // A menu in somebody's hand is left alone.
      if (!document.hidden && !$('variables').querySelector('details[open]') && !$('variables').contains(document.activeElement)) {
        const before = this.chosen();
        await this.loadVariables();
        if (this.chosen() !== before) { this.write(false); this.refresh(); }
      }
      this.reload();
    }, empty || this.problem ? 3000 : 60000);
  }
  chosen() { return JSON.stringify([...this.variables].map(([n, v]) => [n, v.value])); }

  async loadVariables() {
    const list = this.board.templating?.list ?? [];
    this.problem = null;
    // A variable waits for those before it that its query names.
    const loads = new Map();
    for (const v of list) {
      const query = v.type === 'query' ? v.query?.query ?? v.query : '', needs = [...loads].filter(([n]) => new RegExp(`\\$\\{?${n}\\b`).test(query)).map(l => l[1]);
      loads.set(v.name, Promise.all(needs).then(() => this.loadVariable(v, query)));
    }
    await Promise.all(loads.values());
    this.variables = new Map(list.map(v => [v.name, this.variables.get(v.name)]));
    this.showVariables();
  }

  async loadVariable(v, query) {
    const asked = this.address.getAll('var-' + v.name), old = this.variables.get(v.name);
    const entry = { type: v.type, multi: !!v.multi, options: [], autoCount: v.auto_count ?? 30, autoMin: v.auto_min };
    if (v.type === 'query') {
      try {
        const [series] = await run([fill(query, this.scope())]);
        entry.options = [...new Set(series.flatMap(s => s.values.map(r => r[s.columns.indexOf('value')])))].sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
      } catch (e) { this.problem = e.message; entry.options = old?.options ?? []; }
      const wanted = old && (entry.multi || old.value !== '') ? [].concat(old.value) : asked;
      // Nobody chose it: until one has had points in sight, which then stays.
      if (v.name === 'source' && !entry.multi && !this.settled && entry.options.length) wanted.unshift(await this.present(query, entry.options));
      if (entry.multi) { const keep = wanted.filter(x => x === '$__all' || entry.options.includes(x)); entry.value = keep.length ? keep : ['$__all']; }
      else entry.value = entry.options.includes(wanted[0]) ? wanted[0] : entry.options[0] ?? wanted[0] ?? '';
    } else {
      entry.choices = (v.options ?? []).map(o => [o.value, o.text]); entry.value = old?.value ?? asked[0] ?? v.current?.value ?? entry.choices[0]?.[0] ?? '';
    }
    this.variables.set(v.name, entry);
  }

  /** Of several sources the first (live, replay, simulated) that has points in the range; what is stored of old does not hide what comes now. */
  async present(query, options) {
    const from = /\bFROM (.+?) WITH KEY/.exec(query)?.[1];
    try {
      const [series] = await run([fill(`SELECT * FROM ${from} WHERE $timeFilter GROUP BY "source" ORDER BY time DESC LIMIT 1`, this.scope())]);
      const found = options.find(o => series.some(s => s.tags?.source === o));
      this.settled = !!found; return found ?? options[0];
    } catch { return options[0]; } // The panels say what the store has.
  }

  /** Which source the page shows: always in sight, in kiosk too. */
  showSource() {
    const v = this.variables.get('source')?.value, badge = $('source'), said = [].concat(v ?? []).filter(x => x && x !== '$__all');
    badge.hidden = !said.length; badge.textContent = said.join(' + '); badge.className = 'badge ' + (said.length === 1 ? said[0].replace(/\W/g, '') : 'mixed');
    badge.title = 'Where these data come from: live from the venue, replay of a recording, or simulated, which is made up';
  }

  showVariables() {
    this.showSource();
    const box = $('variables'); box.replaceChildren();
    for (const v of this.board.templating?.list ?? []) {
      if (v.hide === 2) continue;
      const entry = this.variables.get(v.name), label = el('label'); if (!entry) continue; label.append(el('span', '', v.label || v.name));
      const changed = async () => { await this.loadVariables(); this.write(true); this.refresh(); };
      if (entry.multi) {
        const d = el('details'), s = el('summary'), menu = el('div', 'menu'), all = entry.value.includes('$__all'); d.id = 'var-' + v.name;
        s.textContent = all ? 'All' : entry.value.join(' + ');
        for (const x of ['$__all', ...entry.options]) {
          const line = el('div'), check = el('input'); check.type = 'checkbox'; check.checked = entry.value.includes(x); line.append(check, x === '$__all' ? 'All' : x);
          line.onclick = e => { e.preventDefault(); const set = new Set(entry.value); x === '$__all' ? (set.clear(), set.add(x)) : (set.delete('$__all'), set.has(x) ? set.delete(x) : set.add(x)); entry.value = set.size ? [...set] : ['$__all']; changed(); };
          menu.append(line);
        }
        d.append(s, menu); label.append(d);
      } else if (v.type === 'textbox') {
        const s = el('input'); s.id = 'var-' + v.name; s.value = entry.value ?? ''; s.placeholder = 'any'; s.onchange = () => { entry.value = s.value.trim(); changed(); }; label.append(s);
      } else {
        const s = el('select'); s.id = 'var-' + v.name;
        s.append(...(entry.choices ?? entry.options.map(o => [o, o])).map(([value, text]) => { const o = el('option', '', text); o.value = value; o.selected = value === entry.value; return o; }));
        s.onchange = () => { entry.value = s.value; if (v.name === 'source') this.settled = true; changed(); }; label.append(s);
      }
      box.append(label);
    }
    const links = el('span', 'links');
    for (const l of this.board.links ?? []) if (l.type === 'link' && l.url.startsWith('/') && l.url !== location.pathname) { const a = el('a', '', l.title); a.href = l.url; links.append(a);
      // Where it leads is made when it is followed: the address may have changed.
      a.onclick = () => { const q = new URLSearchParams(this.address); for (const k of [...q.keys()]) if (!(k.startsWith('var-') ? l.includeVars : k === 'from' || k === 'to' ? l.keepTime : true)) q.delete(k); a.href = l.url + '?' + q; }; }
    box.append(links);
  }

  panels() {
    const grid = el('div', 'grid'); this.views = [];
    let below = 0;
    for (const p of (this.board.panels ?? []).flatMap(q => q.type === 'row' ? q.panels ?? [] : [q])) {
      // A panel that does not say where it goes goes below the others.
      const root = el('section', 'panel' + (p.type === 'stat' ? ' small' : '')), g = { x: 0, y: below, w: 12, h: 8, ...p.gridPos }; below = Math.max(below, g.y + g.h); const title = el('h2', '', ''), body = el('div', 'body'), legend = el('div', 'legend');
      root.style.gridColumn = `${g.x + 1} / span ${g.w}`; root.style.gridRow = `${g.y + 1} / span ${g.h}`; root.style.setProperty('--h', g.h);
      if (p.description) { title.title = p.description; }
      root.append(title, body, legend); root.dataset.type = p.type; root.dataset.state = 'waiting'; grid.append(root);
      const view = new View(p, body, legend, (a, b) => { this.zoomed.push([this.from, this.to]); this.go(String(a), String(b)); });
      this.views.push({ p, root, title, body, view, seen: false });
    }
    const eye = new IntersectionObserver(list => list.forEach(e => { const v = this.views.find(x => x.root === e.target); const was = v.seen; v.seen = e.isIntersecting; if (v.seen && !was && this.started) this.one(v); }), { rootMargin: '150px' });
    $('page').replaceChildren(grid); this.views.forEach(v => eye.observe(v.root));
  }

  async marks() {
    const list = (this.board.annotations?.list ?? []).filter(a => a.enable && a.target?.query);
    if (!list.length) return [];
    try {
      const scope = this.scope(), answers = await run(list.map(a => fill(a.target.query, scope)));
      return answers.flatMap((series, i) => series.flatMap(s => s.values.map(r => ({ time: r[0], color: list[i].iconColor, text: `${list[i].name}: ${r[s.columns.indexOf(list[i].target.textColumn)] ?? ''} ${r[s.columns.indexOf(list[i].target.tagsColumn)] ?? ''}` }))));
    } catch { return []; } // A store without these measurements has no marks.
  }

  /** The marks of the range and variables as they are, asked again after five seconds. */
  askMarks() {
    const key = [this.from, this.to, this.chosen()].join();
    if (this.markKey !== key || Date.now() - this.marked > 5000) { this.markKey = key; this.marked = Date.now(); this.marking = this.marks().then(m => { if (this.markKey === key) this.lines = m; }); }
  }

  async refresh() {
    this.started = true;
    const wanted = this.views.filter(v => v.seen || v.root.getBoundingClientRect().top < innerHeight + 150);
    this.askMarks();
    // One moment for all: what they ask about the same time is asked together.
    const start = performance.now(), now = Date.now();
    await Promise.all(wanted.map(v => this.one(v, now)));
    // For whoever measures: how long asking and drawing what is in sight took.
    $('page').dataset.redrawMs = (performance.now() - start).toFixed(1); $('page').dataset.redraws = Number($('page').dataset.redraws ?? 0) + 1;
  }

  async one(v, now) {
    const key = [this.from, this.to, ...[...this.variables].map(([n, x]) => n + x.value)].join();
    if (v.busy) { if (v.key === key) return; v.stop.abort(); }
    v.key = key; v.busy = true; const stop = v.stop = new AbortController(), scope = this.scope(v.body.clientWidth, now);
    if (v.p.interval && duration(v.p.interval) > duration(scope.interval)) scope.interval = v.p.interval;
    v.title.textContent = fill(v.p.title ?? '', scope).replace(/\\(.)/g, '$1');
    if (v.p.description) v.title.append(el('small', '', 'i'));
    // Without its values a panel would ask for what nobody has.
    const missing = (this.board.templating?.list ?? []).find(x => x.type === 'query' && !x.multi && !this.variables.get(x.name)?.options.length && v.p.targets?.some(t => new RegExp(`'\\$\\{?${x.name}\\b`).test(t.query ?? '')));
    if (missing) { v.view.empty(this.problem ?? `no data yet: the store knows no ${missing.label ?? missing.name}`, !!this.problem); v.root.dataset.state = this.problem ? 'failed' : 'empty'; v.busy = false; return; }
    try {
      const targets = (v.p.targets ?? []).filter(t => !t.hide && t.query);
      const answers = targets.length ? await runShared(targets.map(t => fill(t.query, scope)), stop.signal) : [];
      await this.marking; await library;
      const start = performance.now();
      v.view.draw(answers, scope, this.lines); if (answers.why && !answers.some(x => x.length)) v.view.empty('no data: ' + answers.why); v.root.dataset.drawMs = (performance.now() - start).toFixed(1);
      v.root.dataset.state = v.body.querySelector('.empty') ? 'empty' : 'drawn';
    } catch (e) {
      if (e.name !== 'AbortError') { v.view.empty(e.message, true); v.root.dataset.state = 'failed'; }
    } finally { if (v.stop === stop) v.busy = false; }
  }

  loop(took = 0) {
    clearTimeout(this.timer);
    const ms = duration(this.every);
    // From start to start; a redraw that takes longer than that leaves the page time to breathe.
    if (ms) this.timer = setTimeout(async () => { const start = performance.now(); if (!document.hidden && this.to.startsWith('now')) await this.refresh(); this.loop(performance.now() - start); }, Math.max(ms / 4, ms - took));
  }
  theme() { this.views.forEach(v => v.view.theme()); }
}

// theme.js has asked already, the first time.
export const loadDashboard = async uid => { const first = window.board; window.board = null; return new DashboardPage(await first ?? await ask('/api/viewer/dashboards/' + encodeURIComponent(uid))); };
