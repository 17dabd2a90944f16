// The closing phrase of a case is copied with one press.
document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy-phrase]');
  if (!button) return;
  const phrase = document.querySelector(button.dataset.copyPhrase);
  if (!phrase) return;
  try {
    await navigator.clipboard.writeText(phrase.textContent.trim());
    button.textContent = button.dataset.copied;
  } catch {
    // Without a clipboard the phrase is marked, to be copied by keys.
    getSelection().selectAllChildren(phrase);
  }
});
