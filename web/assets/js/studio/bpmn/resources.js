// The way to what a diagram names: the resource becomes a draft of the change, and its editor opens in a page of its own.
export class Resources {
  constructor(settings, texts, say) {
    Object.assign(this, { settings, texts, say, editable: settings.editable });
  }

  /** Gives whether it worked; what is not there yet begins empty. */
  async open(kind, id) {
    // Opened at once, as browsers allow no new page later on.
    const tab = window.open('', '_blank');
    try {
      const answer = await fetch(`${this.settings.changeUrl}/add`, {
        method: 'POST',
        credentials: 'same-origin',
        headers: { 'X-CSRFToken': this.settings.csrf },
        body: new URLSearchParams({ kind, id }),
        redirect: 'manual',
      });
      if (answer.type !== 'opaqueredirect') throw new Error(`add: ${answer.status}`);
      const url = `${this.settings.changeUrl}/edit/${kind}/${id.split('/').map(encodeURIComponent).join('/')}`;
      if (tab) tab.location = url;
      else location.assign(url);
    } catch {
      tab?.close();
      this.say(this.texts.notOpened, 'bad');
      return false;
    }
    return true;
  }
}
