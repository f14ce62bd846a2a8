// Before the first paint: the address wins over a person's choice, that over the system's.
(() => {
  const asked = new URLSearchParams(location.search);
  const stored = asked.get('theme') || localStorage.getItem('nbpy-theme') || (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
  document.documentElement.dataset.theme = stored === 'light' ? 'light' : 'dark';
})();
