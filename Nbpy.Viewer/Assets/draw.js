// Draws one panel: Grafana's panel types on ECharts or plain elements.
import { book, heatmap, stepOf } from './heat.js';
import { steady } from './format.js';
import { clock, color, css, escapeHtml, mapped, paletteColor, show, stamp, threshold } from './units.js';
import { columnsAsSeries, toSeries, toTable, transform } from './query.js';

const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text !== undefined) e.textContent = text; return e; };

/** The settings of one field: the panel's defaults under its overrides. */
export function settings(panel, name) {
  const d = panel.fieldConfig?.defaults ?? {}, out = { ...d, custom: { ...d.custom } };
  for (const o of panel.fieldConfig?.overrides ?? []) {
    const m = o.matcher, re = m.id === 'byRegexp' && /^\/(.*)\/(\w*)$/.exec(m.options);
    if (!(m.id === 'byName' ? m.options === name : re && new RegExp(re[1], re[2]).test(name))) continue;
    for (const p of o.properties) p.id.startsWith('custom.') ? out.custom[p.id.slice(7)] = p.value : out[p.id] = p.value;
  }
  return out;
}
/** A number on an axis: no zeros that say nothing. */
const tick = (v, unit) => show(v, unit).replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
/** A field's name as words; a tag's value such as EUR_USD stays as it is. */
const words = s => /^[a-z_]+$/.test(s) ? s.replaceAll('_', ' ') : s;
const fixedColor = (s, i) => s.color?.mode === 'fixed' ? color(s.color.fixedColor) : paletteColor(i);

export function reduce(points, calc) {
  const v = points.map(p => p[1]);
  if (!v.length) return null;
  switch (calc) {
    case 'sum': return v.reduce((a, b) => a + b, 0);
    case 'mean': return v.reduce((a, b) => a + b, 0) / v.length;
    case 'max': return v.reduce((a, b) => Math.max(a, b)); case 'min': return v.reduce((a, b) => Math.min(a, b));
    case 'diffperc': return v[0] ? (v.at(-1) - v[0]) / v[0] : null;
    case 'diff': return v.at(-1) - v[0];
    default: return v.at(-1);
  }
}

const TONES = { buy: 'green', sell: 'red', filled: 'green', canceled: 'orange', cancelled: 'orange', expired: 'orange', rejected: 'red', partially_filled: 'yellow', new: 'blue', pending: 'blue', pending_new: 'blue', open: 'purple' };
const MAX_KEYS = 14;

export class View {
  constructor(panel, body, legend, onZoom) {
    Object.assign(this, { panel, body, legend, onZoom, hidden: new Set() });
    new ResizeObserver(() => this.chart?.resize()).observe(body);
  }
  theme() { this.chart?.dispose(); this.chart = null; if (this.last) this.draw(...this.last); }
  empty(text, bad) { this.chart?.dispose(); this.chart = null; this.legend.replaceChildren(); this.body.replaceChildren(el('div', 'empty' + (bad ? ' bad' : ''), text)); }

  draw(answers, range, marks) {
    this.last = [answers, range, marks]; this.range = range;
    const p = this.panel, kind = p.type;
    if (kind === 'text') return this.text();
    if (kind === 'table' || kind === 'barchart') {
      const t = transform(toTable(answers), p.transformations);
      if (!t.rows.length) return this.empty('no data');
      return kind === 'table' ? this.table(t) : this.bars(t);
    }
    if (kind === 'candlestick') { const t = toTable(answers); return t.rows.length ? this.candles(t, marks ?? []) : this.empty('no data'); }
    if (kind === 'xychart') return book(this, answers.map(a => toTable([a])), marks ?? []);
    const series = answers.flatMap((a, i) => p.targets[i].resultFormat === 'table' ? columnsAsSeries(transform(toTable([a]), p.transformations)) : toSeries(a, p.targets[i]));
    if (kind === 'stat' && !series.length && p.fieldConfig?.defaults?.noValue !== undefined && !answers.why) return this.stat([{ name: '', points: [], text: p.fieldConfig.defaults.noValue }]);
    if (kind !== 'stat' && !series.some(s => s.points.length) || !series.length) return this.empty(series.length ? 'texts, no numbers' : 'no data in this range');
    if (kind === 'heatmap') return heatmap(this, series, marks ?? []);
    ({ stat: this.stat, gauge: this.gauge, 'state-timeline': this.states }[kind] ?? this.lines).call(this, series.filter(s => s.points.length || kind === 'stat'), marks ?? []);
  }

  option(o) {
    if (!this.chart) {
      const box = el('div', 'chart'); this.body.replaceChildren(box);
      this.chart = echarts.init(box, null, { renderer: 'canvas' });
      this.drag(box);
    }
    this.chart.setOption({ animation: false, textStyle: { fontFamily: 'Inter, "Segoe UI", system-ui, sans-serif', color: css('text') }, ...o }, { notMerge: true, lazyUpdate: false });
  }

  /** Dragging across the chart chooses a time range. */
  drag(box) {
    let from = null, mark = null;
    const time = x => this.chart.convertFromPixel({ xAxisIndex: 0 }, x);
    box.addEventListener('pointerdown', e => {
      if (e.pointerType === 'touch' || e.button || !['timeseries', 'candlestick', 'heatmap', 'xychart'].includes(this.panel.type)) return;
      from = e.clientX - box.getBoundingClientRect().left; box.setPointerCapture?.(e.pointerId);
    });
    box.addEventListener('pointermove', e => {
      if (from === null) return;
      const x = e.clientX - box.getBoundingClientRect().left;
      if (!mark && Math.abs(x - from) > 5) { mark = el('div', 'drag'); box.append(mark); }
      if (mark) { mark.style.left = Math.min(x, from) + 'px'; mark.style.width = Math.abs(x - from) + 'px'; }
    });
    box.addEventListener('pointerup', e => {
      if (from === null) return;
      const x = e.clientX - box.getBoundingClientRect().left, start = from; from = null; mark?.remove(); mark = null;
      if (Math.abs(x - start) > 12) { const a = time(Math.min(x, start)), b = time(Math.max(x, start)); if (b - a >= 1000) this.onZoom(Math.round(a), Math.round(b)); }
    });
  }

  /** bars: their times; the first one, which its time is the middle of, has room before the axis. */
  xAxis(bars = []) {
    const { from, to } = this.range, first = bars.reduce((a, b) => Math.min(a, b), from), step = bars.length ? stepOf([...new Set(bars)].sort((a, b) => a - b), 0) : 0;
    return { type: 'time', min: first - step / 2, max: to, axisLine: { lineStyle: { color: css('line') } }, axisTick: { show: false }, splitLine: { show: false },
      axisLabel: { color: css('dim'), fontSize: 11, hideOverlap: true, formatter: v => clock(v, to - from) }, splitNumber: Math.max(2, Math.floor(this.body.clientWidth / 110)) };
  }
  /** values: what is drawn, for steps that people count in: whole numbers, powers of two for bytes. */
  yAxis(s, right, values) {
    const axis = { type: 'value', scale: true, position: right ? 'right' : 'left', min: s.min, max: s.max, axisLabel: { color: css('dim'), fontSize: 11, formatter: v => tick(v, s.unit), hideOverlap: true },
      splitLine: { show: !right, lineStyle: { color: css('grid') } }, splitNumber: this.body.clientHeight < 150 ? 3 : 5 };
    if (!values) return axis;
    if (s.unit === 'bytes' && s.min === 0 && s.max === undefined) { const step = 2 ** Math.ceil(Math.log2(Math.max(1, values.reduce((a, b) => Math.max(a, b), 1)) / axis.splitNumber)); axis.interval = step; axis.max = v => Math.ceil(Math.max(1, v.max) / step) * step; }
    else if (values.length && values.every(Number.isInteger)) axis.minInterval = 1;
    return axis;
  }
  tooltip(format) {
    return { trigger: 'axis', confine: true, backgroundColor: css('card'), borderColor: css('line'), textStyle: { color: css('text'), fontSize: 12 }, axisPointer: { type: 'line', lineStyle: { color: css('dim'), width: 1 } }, formatter: format };
  }
  /** As many as fit into two lines. */
  keys(items) {
    const key = items.map(x => x[0]).join('\n') + this.legend.clientWidth;
    if (this.fitting?.key === key) return this.showKeys(items, this.fitting.count);
    let count = Math.min(items.length, MAX_KEYS);
    for (this.showKeys(items, count); count > 1 && this.legend.scrollHeight > this.legend.clientHeight + 1;) this.showKeys(items, --count);
    this.fitting = { key, count };
  }
  showKeys(items, count) {
    const rest = items.slice(count).map(x => x[0]);
    this.legend.replaceChildren(...items.slice(0, count).map(([name, c]) => {
      const b = el('button', this.hidden.has(name) ? 'off' : ''), i = el('i'); b.type = 'button'; i.style.background = c; b.append(i, name);
      b.onclick = e => {
        if (e.ctrlKey || e.metaKey) this.hidden.has(name) ? this.hidden.delete(name) : this.hidden.add(name);
        else { const others = items.map(x => x[0]).filter(n => n !== name), alone = !this.hidden.has(name) && others.every(n => this.hidden.has(n)); this.hidden = new Set(alone ? [] : others); }
        this.draw(...this.last);
      };
      b.title = 'Click: only this one. Ctrl and click: on or off'; return b;
    }));
    if (rest.length) { const more = el('span', 'key', `and ${rest.length} more`); more.title = rest.join(', '); this.legend.append(more); }
  }
  /** Restarts and gaps: the newest, where there are many. */
  markLine(marks) {
    const shown = marks.filter(m => m.time >= this.range.from && m.time <= this.range.to).sort((a, b) => b.time - a.time).slice(0, 100);
    if (!shown.length) return undefined;
    return { symbol: ['none', 'none'], silent: false, label: { show: false }, data: shown.map(m => ({ xAxis: m.time, name: m.text, lineStyle: { color: color(m.color), type: 'dashed', width: 1 } })), tooltip: { trigger: 'item', formatter: x => escapeHtml(x.name) } };
  }

  lines(series, marks) {
    const p = this.panel, out = [], keys = [], base = settings(p, ''), values = series.flatMap(q => q.points.map(w => w[1])), axes = [this.yAxis(base, false, values)];
    const all = series.map((s, i) => { const set = settings(p, s.name); return { ...s, set, label: set.displayName ?? words(s.name), color: fixedColor(set, i) }; });
    // Prices of several instruments as points: each would lie on the floor or at the ceiling.
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    if (base.custom.drawStyle === 'points' && least > 0 && values.reduce((a, b) => Math.max(a, b)) > 50 * least) Object.assign(axes[0], { type: 'log', logBase: 10, min: 10 ** Math.floor(Math.log10(least)) });
    const percent = base.custom.stacking?.mode === 'percent';
    let totals = null;
    const times = base.custom.stacking && base.custom.stacking.mode !== 'none' ? [...new Set(all.flatMap(x => x.points.map(q => q[0])))].sort((a, b) => a - b) : null;
    if (percent) { totals = new Map(); for (const s of all) if (!this.hidden.has(s.label)) for (const [t, v] of s.points) totals.set(t, (totals.get(t) ?? 0) + v); axes[0].min = 0; axes[0].max = 1; delete axes[0].minInterval; axes[0].axisLabel.formatter = v => Math.round(v * 100) + ' %'; }
    for (const s of all) {
      keys.push([s.label, s.color]);
      if (this.hidden.has(s.label)) continue;
      const c = s.set.custom, style = c.drawStyle ?? 'line', stacked = c.stacking && c.stacking.mode !== 'none';
      let yAxisIndex = 0;
      if (c.axisPlacement === 'right') { yAxisIndex = 1; axes[1] ??= this.yAxis({ ...s.set, min: undefined, max: undefined }, true); }
      // Piles are by place in the list, not by time: every series gets every time.
      const own = stacked && times ? new Map(s.points) : null;
      const data = percent ? times.map(t => [t, totals.get(t) ? (own.get(t) ?? 0) / totals.get(t) : 0]) : own ? times.map(t => [t, own.get(t) ?? 0]) : s.points;
      const lower = c.fillBelowTo && all.find(x => x.name === c.fillBelowTo);
      if (lower && !this.hidden.has(lower.label)) {
        const low = new Map(lower.points), both = s.points.filter(q => low.has(q[0]));
        const band = { type: 'line', stack: 'band ' + s.label, stackStrategy: 'all', symbol: 'none', lineStyle: { opacity: 0 }, silent: true, yAxisIndex, tooltip: { show: false } };
        out.push({ ...band, name: '\u0001', data: both.map(q => [q[0], low.get(q[0])]) }, { ...band, name: '\u0001', data: both.map(q => [q[0], q[1] - low.get(q[0])]), areaStyle: { color: s.color, opacity: (c.fillOpacity ?? 20) / 100 } });
      }
      const one = { name: s.label, data, yAxisIndex, itemStyle: { color: s.color }, stack: stacked ? 'all' : undefined, color: s.color };
      if (style === 'bars') out.push({ ...one, type: 'bar', barMaxWidth: 22, large: data.length > 600, itemStyle: { color: s.color, opacity: (c.fillOpacity ?? 75) / 100 } });
      else if (style === 'points') out.push({ ...one, type: 'scatter', symbolSize: c.pointSize ?? 5 });
      else out.push({ ...one, type: 'line', symbol: data.length < 3 ? 'circle' : 'none', sampling: 'lttb', lineStyle: { width: c.lineWidth || 1.4, color: s.color }, areaStyle: c.fillOpacity && !lower ? { color: s.color, opacity: c.fillOpacity / 100 } : undefined });
    }
    const first = out.find(s => s.name !== '\u0001');
    if (first) first.markLine = this.markLine(marks);
    const lookup = new Map(all.map(s => [s.label, s]));
    this.option({
      grid: { left: 10, right: axes[1] ? 6 : 24, top: 10, bottom: 6, containLabel: true }, xAxis: this.xAxis(out.filter(o => o.type === 'bar').flatMap(o => o.data.map(q => q[0]))), yAxis: axes, series: out,
      tooltip: this.tooltip(list => {
        const rows = [].concat(list).filter(x => x.seriesName !== '\u0001' && x.componentType !== 'markLine'), t = rows[0]?.value?.[0];
        return `<b>${stamp(t)}</b>` + rows.slice(0, 16).map(x => { const s = lookup.get(x.seriesName); return `<br>${x.marker}${escapeHtml(x.seriesName)} <b>${percent ? show(x.value[1], 'percentunit') : show(x.value[1], s?.set.unit, s?.set.decimals)}</b>`; }).join('') + (rows.length > 16 ? `<br>and ${rows.length - 16} more` : '');
      }),
    });
    this.keys(keys);
  }

  stat(series) {
    const p = this.panel, s = series[0], set = settings(p, s.name), calc = p.options?.reduceOptions?.calcs?.[0], v = s.text !== undefined ? Number(s.text === '' ? NaN : s.text) : reduce(s.points, calc);
    if (s.text !== undefined && Number.isNaN(v)) { const words = el('div', 'stat'), b = el('b', '', s.text); b.title = s.text; words.append(b); return this.body.replaceChildren(words); }
    const drawn = p.options?.graphMode === 'area' ? s.points.map(q => q[1]) : [v], c = threshold(v, set.thresholds), box = el('div', 'stat');
    const b = el('b', '', mapped(v, set.mappings)?.text ?? show(v, set.unit, set.decimals ?? (set.unit || !drawn.length ? undefined : steady([...drawn, v]))));
    b.style.color = c;
    if (drawn.length > 2) box.insertAdjacentHTML('beforeend', sparkline(s.points, c, 300, 60));
    box.append(b); this.body.replaceChildren(box);
  }

  gauge(series) {
    const set = settings(this.panel, series[0].name), v = reduce(series[0].points, 'last'), min = set.min ?? 0, max = set.max ?? 100;
    const steps = set.thresholds?.steps ?? [], stops = steps.map((s, i) => [Math.min(1, Math.max(0, ((steps[i + 1]?.value ?? max) - min) / (max - min))), color(s.color)]);
    const size = Math.min(this.body.clientWidth, this.body.clientHeight * 1.25), end = (size * .36).toFixed(0), ring = (size * .375).toFixed(0);
    this.option({ series: [{
      type: 'gauge', min, max, startAngle: 200, endAngle: -20, radius: end, center: ['50%', '58%'], progress: { show: true, width: size * .07, itemStyle: { color: threshold(v, set.thresholds) } }, pointer: { show: false },
      axisLine: { lineStyle: { width: size * .07, color: [[1, css('grid')]] } }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { show: false }, anchor: { show: false },
      detail: { valueAnimation: false, offsetCenter: [0, '-4%'], fontSize: Math.max(16, size * .13), fontWeight: 600, color: threshold(v, set.thresholds), formatter: x => show(x, set.unit, set.decimals) }, data: [{ value: v }],
    }, { type: 'gauge', min, max, startAngle: 200, endAngle: -20, radius: ring, center: ['50%', '58%'], axisLine: { lineStyle: { width: 3, color: stops } }, pointer: { show: false }, axisTick: { show: false }, splitLine: { show: false }, detail: { show: false },
      axisLabel: { show: false }, data: [] }],
    // Under the arc's feet and over its top: on the ring they would lie under it.
    graphic: [[min, -1, .3], [(min + max) / 2, 0, -1.13], [max, 1, .3]].map(([x, side, down]) => ({ type: 'text', silent: true, x: this.body.clientWidth / 2 + side * size * .31, y: this.body.clientHeight * .58 + down * size * .36 + (side ? 10 : -6), style: { text: show(x, set.unit, 0), fill: css('dim'), fontSize: 11, align: 'center' } })) });
  }

  candles(t, marks) {
    const i = n => t.columns.indexOf(n), rows = t.rows.filter(r => r[i('close')] !== null).sort((a, b) => a[0] - b[0]), set = settings(this.panel, '');
    const { from, to } = this.range, step = stepOf(rows.map(r => r[0]), (to - from) / 80), wide = Math.max(1, Math.min(12, (this.body.clientWidth - 70) * step / (to - from) * .7));
    this.option({
      grid: { left: 10, right: 24, top: 10, bottom: 6, containLabel: true }, yAxis: this.yAxis(set), xAxis: this.xAxis(),
      series: [{ type: 'candlestick', data: rows.map(r => [r[0], r[i('open')], r[i('close')], r[i('low')], r[i('high')]]), barWidth: wide, itemStyle: { color: color('green'), color0: color('red'), borderColor: color('green'), borderColor0: color('red') }, markLine: this.markLine(marks) }],
      tooltip: this.tooltip(l => { const r = rows[[].concat(l).find(x => x.componentType !== 'markLine')?.dataIndex]; return !r ? '' : `<b>${stamp(r[0])}</b>` + ['open', 'high', 'low', 'close'].map(n => `<br>${n} <b>${show(r[i(n)], set.unit, set.decimals)}</b>`).join(''); }),
    });
    this.legend.replaceChildren();
  }

  bars(t) {
    const p = this.panel, x = Math.max(0, t.columns.indexOf(p.options?.xField)), flat = p.options?.orientation === 'horizontal';
    const fields = t.columns.map((c, i) => i).filter(i => i !== x && t.columns[i] !== 'Time' && t.rows.some(r => typeof r[i] === 'number')), sets = fields.map(f => settings(p, t.columns[f]));
    const cat = { type: 'category', data: t.rows.map(r => words(String(r[x] ?? ''))), inverse: flat, axisTick: { show: false }, axisLine: { lineStyle: { color: css('line') } }, axisLabel: { color: css('dim'), fontSize: 11, hideOverlap: true, width: 120, overflow: 'truncate' } };
    const val = { ...this.yAxis({ ...settings(p, ''), min: 0 }), scale: false, splitNumber: 3 };
    this.option({
      grid: { left: 14, right: flat ? 60 : 14, top: 10, bottom: 4, containLabel: true }, [flat ? 'yAxis' : 'xAxis']: cat, [flat ? 'xAxis' : 'yAxis']: val,
      series: fields.map((f, i) => ({ name: t.columns[f], type: 'bar', barMaxWidth: 26, itemStyle: { color: fixedColor(sets[i], i), opacity: .85, borderRadius: 2 }, data: t.rows.map(r => r[f]),
        label: { show: flat && t.rows.length <= 12, position: 'right', color: css('text'), fontSize: 11, formatter: v => show(v.value, sets[i].unit, sets[i].decimals) } })),
      tooltip: { ...this.tooltip(l => `<b>${escapeHtml(l[0].axisValue)}</b>` + l.map(v => `<br>${v.marker}${escapeHtml(v.seriesName)} <b>${show(v.value, sets[v.seriesIndex].unit, sets[v.seriesIndex].decimals)}</b>`).join('')), axisPointer: { type: 'shadow' } },
    });
    this.legend.replaceChildren(...fields.map((f, i) => { const b = el('button'), k = el('i'); b.type = 'button'; k.style.background = fixedColor(sets[i], i); b.append(k, words(t.columns[f])); return b; }));
  }

  states(series) {
    const { from, to } = this.range, p = this.panel, box = el('div', 'states');
    for (const s of series) {
      const set = settings(p, s.name), band = el('div', 'band'), gaps = s.points.slice(1).map((q, i) => q[0] - s.points[i][0]).sort((a, b) => a - b), step = gaps[Math.floor(gaps.length / 2)] ?? (to - from);
      let run = null; const runs = [];
      for (const [t, v] of s.points) {
        const m = mapped(v, set.mappings), key = m?.text ?? threshold(v, set.thresholds);
        if (run && run.key === key && t - run.to < step * 1.5) run.to = t + step;
        else runs.push(run = { key, from: t, to: t + step, color: m ? color(m.color) : threshold(v, set.thresholds), text: m?.text ?? show(v, set.unit, set.decimals) });
        if (run.to < t + step) run.to = t + step;
      }
      runs.forEach((r, i) => { if (runs[i + 1]) r.to = Math.min(r.to, runs[i + 1].from); });
      for (const r of runs) {
        const a = Math.max(from, r.from), b = Math.min(to, r.to), i = el('i'); if (b <= a) continue;
        i.style.left = (a - from) / (to - from) * 100 + '%'; i.style.width = (b - a) / (to - from) * 100 + '%'; i.style.background = r.color; i.title = `${r.text}: ${stamp(r.from)} – ${stamp(r.to)}`; band.append(i);
      }
      box.append(el('span', '', s.name), band);
    }
    const axis = el('div', 'axis'), parts = this.body.clientWidth < 480 ? 2 : 4; for (let i = 0; i <= parts; i++) axis.append(el('span', '', clock(from + (to - from) * i / parts, to - from)));
    box.append(el('span'), axis); this.body.replaceChildren(box);
    const words = settings(p, '').mappings ?? [];
    this.legend.replaceChildren(...words.map(m => { const b = el('button'), k = el('i'); b.type = 'button'; k.style.background = color(m.options.result.color); b.append(k, m.options.result.text); return b; }));
  }

  table(t) {
    const p = this.panel, sets = t.columns.map(c => settings(p, c)), shown = t.columns.map((c, i) => i).filter(i => !sets[i].custom.hidden);
    const most = t.columns.map((c, i) => Math.max(1e-12, ...t.rows.map(r => typeof r[i] === 'number' ? Math.abs(r[i]) : 0)));
    // Each instrument's numbers have as many decimals as they need, whatever others have.
    const tags = t.columns.map((c, i) => i).filter(i => this.range.variables.get(t.columns[i])?.type === 'query'), of = r => tags.map(i => r[i]).join('\n'), groups = Map.groupBy(t.rows, of), known = new Map();
    const digits = (r, i) => { const key = of(r) + '\n' + i; if (!known.has(key)) known.set(key, steady(groups.get(of(r)).map(x => x[i]))); return known.get(key); };
    const numeric = t.columns.map((c, i) => c !== 'Time' && t.rows.some(r => typeof r[i] === 'number'));
    const table = el('table'), head = el('tr');
    head.append(...shown.map(i => el('th', numeric[i] ? '' : 'l', (sets[i].displayName ?? t.columns[i]).replaceAll('_', ' ')))); table.append(head);
    for (const r of t.rows.slice(0, 200)) {
      const row = el('tr');
      for (const i of shown) {
        const v = r[i], isTime = t.columns[i] === 'Time', number = typeof v === 'number' && !isTime, cell = el('td', numeric[i] ? '' : 'l'), set = sets[i], type = set.custom.cellOptions?.type;
        const word = el('span', '', isTime ? stamp(v) : number ? mapped(v, set.mappings)?.text ?? show(v, set.unit, set.decimals ?? digits(r, i)) : t.columns[i] === 'status' ? words(String(v ?? '–')) : v ?? '–');
        if (type === 'gauge' && number) { const bar = el('i', 'cell'); bar.style.width = `calc((100% - 76px) * ${Math.abs(v) / most[i]})`; bar.style.background = fixedColor(set, i); cell.append(bar); }
        if (set.color?.mode === 'fixed' && type === 'color-text') word.style.color = color(set.color.fixedColor);
        const tone = TONES[v];
        if (tone && (t.columns[i] === 'side' || t.columns[i] === 'status')) word.style.color = color(tone);
        cell.append(word); row.append(cell);
      }
      table.append(row);
    }
    const old = this.body.querySelector('.scroll'), scroll = old ?? el('div', 'scroll'); scroll.tabIndex = 0;
    const top = scroll.scrollTop, left = scroll.scrollLeft; scroll.replaceChildren(table); if (!old) this.body.replaceChildren(scroll); scroll.scrollTop = top; scroll.scrollLeft = left;
  }

  text() {
    const html = escapeHtml(this.panel.options?.content ?? '').replace(/^### (.*)$/gm, '<h4>$1</h4>').replace(/^## (.*)$/gm, '<h3>$1</h3>').replace(/^# (.*)$/gm, '<h2>$1</h2>').replace(/\*\*(.+?)\*\*/g, '<b>$1</b>').replace(/`(.+?)`/g, '<code>$1</code>').replace(/\[([^\]]+)\]\((\/[^)\s]*|https?:[^)\s]+)\)/g, '<a href="$2">$1</a>').replace(/\n\n/g, '<br><br>');
    const box = el('div', 'text'); box.innerHTML = html; this.body.replaceChildren(box);
  }
}

export function sparkline(points, c, w, h) {
  const xs = points.map(p => p[0]), ys = points.map(p => p[1]), x0 = xs[0], x1 = xs.at(-1), lo = Math.min(...ys), hi = Math.max(...ys);
  const d = points.map(p => `${((p[0] - x0) / (x1 - x0 || 1) * w).toFixed(1)},${(h - 3 - (p[1] - lo) / (hi - lo || 1) * (h - 6)).toFixed(1)}`).join(' ');
  return `<svg viewBox="0 0 ${w} ${h}" preserveAspectRatio="none" aria-hidden="true"><polygon points="0,${h} ${d} ${w},${h}" fill="${c}" opacity=".16"/><polyline points="${d}" fill="none" stroke="${c}" stroke-width="1.6" vector-effect="non-scaling-stroke"/></svg>`;
}
