// The front door: every market at a glance, from what the topics hold now.
import { sparkline } from './draw.js';
import { ask, run } from './query.js';
import { age, steady } from './format.js';
import { color, escapeHtml, show } from './units.js';

const $ = id => document.getElementById(id);
const name = s => '"' + s.replace(/\\/g, '\\\\').replace(/"/g, '\\"') + '"';
const WINDOW = '15m', MAX_TILES = 16;

export class OverviewPage {
  constructor(topics, name) { this.topics = topics; this.name = name; }
  async start() {
    document.title = this.name + ' · markets'; $('tools').hidden = true;
    this.box = document.createElement('div'); this.box.className = 'over'; $('page').replaceChildren(this.box);
    await this.loop();
  }
  async loop() { if (!document.hidden || !this.drawn) await this.refresh(); setTimeout(() => this.loop(), 2000); }
  theme() { this.render(); }

  async refresh() {
    const jobs = this.topics.map(t => this.ask(t).then(data => [t, data], e => [t, { error: e.message }]));
    this.data = await Promise.all(jobs); this.drawn = true; this.render();
  }

  async ask(t) {
    const group = [...t.instrumentTags, 'source'].map(name).join(', '), where = `FROM ${t.from} WHERE time > now() - ${WINDOW}`;
    const every = f => `${f} ${where} GROUP BY time(15s), ${group} fill(none)`, last = f => `${f} ${where} GROUP BY ${group}`;
    switch (t.kind) {
      case 'tick': return run([every('SELECT last("bid") AS "v"'), last(`SELECT last("bid") AS "bid", last("ask") AS "ask"`), last('SELECT last("ask") AS "ask"')]);
      case 'depth': return run([every('SELECT mean("bid_price") AS "v"'), `SELECT sum("b") AS "b", sum("a") AS "a" FROM (SELECT last("bid_size") AS "b", last("ask_size") AS "a" ${where} GROUP BY "level", ${group}) WHERE time > now() - ${WINDOW} GROUP BY ${group}`, last('SELECT last("bid_price") AS "x"')]);
      case 'betting': return run([every('SELECT last("back_price") AS "v"'), last('SELECT last("back_price") AS "back", last("lay_price") AS "lay"')]);
      case 'sentiment': return run([every('SELECT mean("sentiment_score") AS "v"'), last('SELECT mean("sentiment_score") AS "m", count("sentiment_score") AS "n"')]);
      case 'orders': return run([`SELECT ${['price', ...t.fields.filter(f => ['amount', 'units', 'profit_loss'].includes(f))].map(name).join(', ')}, ${[...t.instrumentTags, 'side', 'status', 'source'].filter(x => x === 'source' || t.tags.includes(x)).map(name).join(', ')} ${where} ORDER BY time DESC LIMIT 10`]);
      default: { const f = t.fields.find(x => !/_id$|name$|text/.test(x)) ?? t.fields[0]; return run([every(`SELECT mean(${name(f)}::float) AS "v"`)]).then(d => Object.assign(d, { field: f })); }
    }
  }

  render() {
    if (!this.data) return;
    const parts = [], orders = [], failed = [];
    for (const [t, d] of this.data) {
      if (d.error) { failed.push(`<p class="problem">${escapeHtml(title(t))}: ${escapeHtml(d.error)}</p>`); continue; }
      if (!d[0]?.length) continue;
      if (t.kind === 'orders') { orders.push(this.orders(t, d[0])); continue; }
      parts.push([{ tick: 0, betting: 1, sentiment: 2, depth: 3 }[t.kind] ?? 4, `<h2>${escapeHtml(title(t))}<a href="/d/${t.uid}">open dashboard →</a></h2><div class="tiles">${d[0].slice(0, MAX_TILES).map(s => this.tile(t, s, d)).join('')}</div>${d[0].length > MAX_TILES ? `<p class="more">and ${d[0].length - MAX_TILES} more: see the dashboard</p>` : ''}`]);
    }
    parts.sort((a, b) => a[0] - b[0]);
    const html = parts.slice(0, 2).map(p => p[1]).join('') + (orders.length ? `<h2>Orders</h2><div class="duo">${orders.join('')}</div>` : '') + parts.slice(2).map(p => p[1]).join('');
    this.box.innerHTML = failed.join('') + html || `<div class="empty-note"><h2>Nothing in the last ${WINDOW}</h2><p>Once publishers run, the markets appear here by themselves.</p></div>`;
    for (const m of this.box.querySelectorAll('.meter i')) m.style.width = m.dataset.w + '%';
  }

  tile(t, s, d) {
    const points = s.values.filter(v => v[1] !== null), tags = s.tags ?? {}, same = l => (l ?? []).find(x => JSON.stringify(x.tags) === JSON.stringify(s.tags));
    const label = t.instrumentTags.map(k => tags[k] && /_id$/.test(k) && t.kind !== 'betting' ? k.slice(0, -3) + ' ' + tags[k] : tags[k]).filter(Boolean).slice(t.kind === 'betting' ? -1 : 0).join(' · ') || t.measurement, first = points[0]?.[1], v = points.at(-1)?.[1], moved = first ? (v - first) / first : 0, change = Math.abs(moved) < 5e-5 ? 0 : moved; // As many as are shown.
    const course = points.map(q => q[1]), price = x => show(x, '', steady([x, ...course]));
    let big = price(v), sub = '', tone = change > 0 ? 'up' : change < 0 ? 'down' : '', c = change >= 0 ? color('green') : color('red');
    const now = same(d[1])?.values?.[0] ?? [];
    if (t.kind === 'tick') { const [, bid, ask2] = now; big = price(bid ?? v); sub = `ask ${price(ask2)} · spread ${show((ask2 - bid) / bid * 1e4, '', 2)} bp`; }
    if (t.kind === 'depth') { const [, b, a] = now, share = b / (a + b); const best = same(d[2])?.values?.[0]?.[1] ?? v; big = show(best, '', steady([best])); if (share >= 0) sub = `bids <span class="meter"><i data-w="${Math.round(share * 100)}"></i></span> ${Math.round(share * 100)} %`; }
    if (t.kind === 'custom') { sub = `${escapeHtml(d.field)} · ${age(Date.now() - points.at(-1)?.[0])} ago`; }
    if (t.kind === 'betting') { const [, back, lay] = now; const markets = new Set(d[0].map(x => x.tags?.market_id)); sub = `lay ${show(lay, '', 2)} · chance ${show(1 / back, 'percentunit')}${markets.size > 1 ? ' · market ' + escapeHtml(tags.market_id) : ''}`; big = show(back ?? v, '', 2); c = color('blue'); tone = ''; }
    if (t.kind === 'sentiment') { const [, m, n] = now; big = show(m ?? v, '', 2); tone = m > .05 ? 'up' : m < -.05 ? 'down' : ''; c = m > .05 ? color('green') : m < -.05 ? color('red') : color('yellow'); sub = `${n} posts in ${WINDOW}`; }
    const vars = [...t.instrumentTags, 'source'].map(k => `var-${encodeURIComponent(k)}=${encodeURIComponent(tags[k] ?? '')}`).join('&');
    const right = t.kind === 'sentiment' ? '' : `<small class="${tone}" title="Over ${WINDOW}${t.kind === 'betting' ? ': the odds are ' + (change < 0 ? 'shorter' : 'longer') : ''}">${change > 0 ? '+' : ''}${show(change, 'percentunit', 2)}</small>`;
    return `<a class="tile" href="/d/${t.uid}?${vars}"><div class="name">${escapeHtml(label)}${badge(tags.source)}${right}</div><div class="big ${t.kind === 'sentiment' ? tone : ''}">${big}</div><div class="sub">${sub || age(Date.now() - points.at(-1)?.[0]) + ' ago'}</div>${points.length > 1 ? sparkline(points, c, 280, 40) : ''}</a>`;
  }

  orders(t, series) {
    const s = series[0], at = c => s.columns.indexOf(c), sources = [...new Set(s.values.map(r => r[at('source')]))], cols = s.columns.filter(c => c !== 'time' && (c !== 'source' || sources.length > 1));
    const tones = { buy: 'up', sell: 'down', filled: 'up', rejected: 'down' };
    // Prices of one instrument have their decimals, whatever others have.
    const keys = t.instrumentTags.map(at), of = r => keys.map(k => r[k]).join(), digits = (c, r) => steady(s.values.filter(o => of(o) === of(r)).map(o => o[at(c)]));
    const cell = (c, v, r) => c === 'source' ? badge(v) : `<span class="${tones[v] ?? ''}">${escapeHtml(typeof v === 'number' ? show(v, '', digits(c, r)) : c === 'status' ? String(v ?? '–').replaceAll('_', ' ') : String(v ?? '–'))}</span>`;
    const left = c => typeof s.values[0][at(c)] === 'number' ? '' : 'l';
    const rows = s.values.map(r => `<tr><td class="l">${age(Date.now() - r[0])}</td>${cols.map(c => `<td class="${left(c)}">${cell(c, r[at(c)], r)}</td>`).join('')}</tr>`).join('');
    return `<div class="card"><table><tr><th class="l"><a href="/d/${t.uid}">${escapeHtml(t.measurement)}</a> ${sources.length === 1 ? badge(sources[0]) : ''}</th>${cols.map(c => `<th class="${left(c)}">${escapeHtml(c.replaceAll('_', ' '))}</th>`).join('')}</tr>${rows}</table></div>`;
  }
}

const title = t => ({ kraken_tick: 'Kraken: quotes', kraken_depth: 'Kraken: order books', oanda_tick: 'OANDA: currencies', betfair_stream: 'Betfair: odds to back, by selection', twitter_sentiment: 'X: mood' })[t.measurement] ?? t.measurement;
const badge = s => s && s !== 'live' ? `<span class="badge ${escapeHtml(s)}">${escapeHtml(s)}</span>` : s ? '<span class="badge live">live</span>' : '';

export const loadOverview = async () => { const t = await ask('/api/viewer/topics'); return new OverviewPage(t.topics, t.name); };
