// Before the first paint: the person's choice of light or dark, else what the system says.
const root = document.documentElement;
if (!root.dataset.bsTheme) {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const follow = () => { root.dataset.bsTheme = dark.matches ? 'dark' : 'light'; };
  follow();
  dark.addEventListener('change', follow);
}
root.classList.add('js');
