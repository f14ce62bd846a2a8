// The page: panels in the configuration's order, refreshed once a second while somebody looks.
import { Panel, ask } from './panel.js';

const $ = id => document.getElementById(id);
const panels = [];

$('theme').addEventListener('click', () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  root.dataset.theme = dark ? 'light' : 'dark';
  localStorage.setItem('nbpy-theme', root.dataset.theme);
  panels.forEach(p => p.render());
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => panels.forEach(p => p.render()));

function notice(text) { $('notice').hidden = !text; $('notice').textContent = text ?? ''; }

async function status() {
  try {
    const s = await ask('/api/viewer/status');
    $('dot').className = 'dot ' + (s.state === 'ok' ? 'ok' : 'bad');
    $('store').textContent = s.state === 'ok' ? `store ${s.version} · ${s.database} · ${s.latencyMs} ms` : 'store unreachable';
    notice(s.state === 'ok' ? null : `${s.message} Is it started? The page goes on by itself once it answers.`);
  } catch (e) { $('dot').className = 'dot bad'; $('store').textContent = 'viewer unreachable'; notice(`${e.message}; the page tries again every few seconds.`); }
}

let beat = 0;
async function tick() {
  if (!document.hidden) {
    $('clock').textContent = new Date().toLocaleTimeString('en-GB');
    if (beat++ % 5 === 0) status();
    await Promise.all(panels.map(p => p.refresh()));
  }
  setTimeout(tick, Math.max(100, 1000 - Date.now() % 1000));
}

async function start() {
  let topics;
  try { topics = await ask('/api/viewer/topics'); } catch (e) { notice(e.message); setTimeout(start, 3000); return; }
  document.title = topics.name + ' · market data';
  const seen = new IntersectionObserver(entries => entries.forEach(e => {
    const p = panels.find(x => x.root === e.target);
    if ((p.visible = e.isIntersecting)) p.refresh();
  }), { rootMargin: '200px' });
  for (const t of topics.topics) { const p = new Panel(t); panels.push(p); $('panels').append(p.root); seen.observe(p.root); }
  if (!panels.length) notice('The configuration has no measurements; add some under influxdb.measurements.');
  document.addEventListener('visibilitychange', () => { if (!document.hidden) panels.forEach(p => p.refresh()); });
  tick();
}
start();
