// Which page, the list of dashboards, theme, kiosk, the store's state.
import { loadDashboard } from './dashboard.js';
import { loadOverview } from './overview.js';
import { ask } from './query.js';

const $ = id => document.getElementById(id), address = new URLSearchParams(location.search);
const uid = /^\/d\/([^/]+)/.exec(location.pathname)?.[1];
let page = null;

document.body.classList.toggle('kiosk', address.has('kiosk'));
$('kiosk').onclick = () => { document.body.classList.add('kiosk'); const a = new URLSearchParams(location.search); a.set('kiosk', ''); history.replaceState(null, '', location.pathname + '?' + a); };
addEventListener('keydown', e => { if (e.key === 'Escape' && document.body.classList.contains('kiosk')) { document.body.classList.remove('kiosk'); const a = new URLSearchParams(location.search); a.delete('kiosk'); history.replaceState(null, '', location.pathname + '?' + a); } });
$('theme').onclick = () => {
  const root = document.documentElement, next = root.dataset.theme === 'dark' ? 'light' : 'dark';
  root.dataset.theme = next; localStorage.setItem('nbpy-theme', next); page?.theme();
};

function notice(text) { $('notice').hidden = !text; $('notice').textContent = text ?? ''; }

async function status() {
  try {
    const s = await ask('/api/viewer/status'), ok = s.state === 'ok';
    $('dot').className = ok ? 'ok' : 'bad'; $('state').textContent = ok ? `store ${s.version} · ${s.latencyMs} ms` : 'store unreachable';
    notice(ok ? null : `${s.message} Is it started? The page goes on by itself once it answers.`);
  } catch (e) { $('dot').className = 'bad'; $('state').textContent = 'viewer unreachable'; notice(`${e.message}; the page tries again every few seconds.`); }
  setTimeout(status, 5000);
}

async function start() {
  status();
  ask('/api/viewer/dashboards').then(list => {
    $('boards').replaceChildren(...[['/', 'Market overview'], ...list.map(d => ['/d/' + d.uid, d.title]), ['/live', 'Live topics']].map(([v, t]) => { const o = document.createElement('option'); o.value = v; o.textContent = t; o.selected = v === location.pathname || (uid && v === '/d/' + uid); return o; }));
    // To another dashboard with the same time, variables and looks; what it has no use for stays in the address.
    $('boards').onchange = () => { const to = $('boards').value; location.assign(to + (uid && to.startsWith('/d/') ? location.search : '')); };
  }).catch(e => notice(e.message));
  try { page = await (uid ? loadDashboard(decodeURIComponent(uid)) : loadOverview()); await page.start(); } catch (e) { notice(e.message); }
}
start();
