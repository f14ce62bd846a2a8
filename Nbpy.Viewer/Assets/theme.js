// Before the first paint: a person's choice wins over the system's.
(() => {
  const stored = localStorage.getItem('nbpy-theme') || new URLSearchParams(location.search).get('theme');
  if (stored === 'dark' || stored === 'light') document.documentElement.dataset.theme = stored;
})();
