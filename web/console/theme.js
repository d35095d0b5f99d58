// Runs before anything is painted, and is no module, so that it does not come
// too late: colours and the width of the navigation as chosen in this browser,
// else those that fit the system and the window.
(() => {
  const root = document.documentElement;
  const follow = (name, choices, query, yes, no) => {
    const asked = matchMedia(query);
    const show = () => {
      const chosen = localStorage.getItem(name);
      root.dataset[name] = choices.includes(chosen) ? chosen : asked.matches ? yes : no;
    };
    asked.addEventListener('change', show);
    root.addEventListener('chosen', show); // shell.js keeps another choice
    show();
  };
  follow('theme', ['light', 'dark'], '(prefers-color-scheme: dark)', 'dark', 'light');
  follow('side', ['wide', 'narrow'], '(max-width: 1100px)', 'narrow', 'wide');
})();
