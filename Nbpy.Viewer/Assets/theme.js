// Before the first paint: the address wins over a person's choice, that over the system's.
(() => {
  const asked = new URLSearchParams(location.search);
  const stored = asked.get('theme') || localStorage.getItem('nbpy-theme') || (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.dataset.theme = stored === 'light' ? 'light' : 'dark';
  // The dashboard's JSON comes while the scripts do; where it does not, dashboard.js asks and says why.
  const uid = /^\/d\/([^/]+)/.exec(location.pathname)?.[1];
  if (uid) window.board = fetch('/api/viewer/dashboards/' + uid).then(a => a.ok ? a.json() : null).catch(() => null);
})();
