// Runs before anything is painted: the theme chosen in this browser, else the
// system's. No module, so that it does not come too late.
(() => {
  const chosen = localStorage.getItem('theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
})();
