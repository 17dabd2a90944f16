// What stands around the diagram: forms, decisions, processes, groups, job types. Fetched once, fetched anew when asked.
export class Surroundings {
  constructor(url) {
    this.url = url;
    this.known = {};
  }

  async load() {
    const answer = await fetch(this.url, { credentials: 'same-origin', headers: { Accept: 'application/json' } });
    if (!answer.ok) throw new Error(`surroundings: ${answer.status}`);
    this.known = await answer.json();
    return this;
  }

  list(kind) {
    return this.known[kind] || [];
  }

  find(kind, id) {
    return this.list(kind).find((each) => each.id === id);
  }
}
