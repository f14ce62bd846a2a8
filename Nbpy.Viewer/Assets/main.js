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
  const a = new URLSearchParams(location.search); if (a.has('theme')) { a.set('theme', next); history.replaceState(null, '', location.pathname + '?' + a); }
};

// What the store's state says, and what this page says of itself.
const said = { store: null, page: null };
function notice(text, of = 'page') { said[of] = text; const all = [said.store, said.page].filter(Boolean).join(' '); $('notice').hidden = !all; $('notice').textContent = all; }

async function status() {
  try {
    const s = await ask('/api/viewer/status'), ok = s.state === 'ok';
    $('dot').className = ok ? 'ok' : 'bad'; $('state').textContent = ok ? `store ${s.version} · ${s.latencyMs} ms` : 'store unreachable';
    notice(ok ? null : `${s.message} Is it started? The page goes on by itself once it answers.`, 'store');
  } catch (e) { $('dot').className = 'bad'; $('state').textContent = 'viewer unreachable'; notice(`${e.message}; the page tries again every few seconds.`, 'store'); }
  setTimeout(status, 5000);
}

async function start() {
  status();
  ask('/api/viewer/dashboards').then(list => {
    $('boards').replaceChildren(...[['/', 'Market overview'], ...list.map(d => ['/d/' + d.uid, d.title])].map(([v, t]) => { const o = document.createElement('option'); o.value = v; o.textContent = t; o.selected = v === location.pathname || (uid && v === '/d/' + uid); return o; }));
    // To another dashboard with the same time, variables and looks; what it has no use for stays in the address.
    $('boards').onchange = () => { const to = $('boards').value; location.assign(to + (uid && to.startsWith('/d/') ? location.search : '')); };
  }).catch(e => notice(e.message));
  open();
}

async function open() {
  try { page = await (uid ? loadDashboard(decodeURIComponent(uid)) : loadOverview()); notice(page.odd); }
  catch (e) { notice(e.message); if (e.status !== 404) setTimeout(open, 3000); return; }
  try { await page.start(); } catch (e) { notice(e.message); }
}
start();
