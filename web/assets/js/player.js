// The projector of a replay: where the playback stands, how it goes on, and what is shown there.
const DAY = 86_400_000;
const SHANGHAI = 8 * 3_600_000;
//: While it plays, the list and the details follow so often; the diagram follows each frame.
const EVERY = 120;
const dayOf = (instant) => Math.floor((instant + SHANGHAI) / DAY);

/** Shows a place of a film; what stands there is a pure function of the place. */
export class Player {
  constructor(film, stage, onShow) {
    Object.assign(this, { film, stage, onShow, position: 0, count: 0, speed: 1, playing: false, follows: true, told: 0 });
    this.still = matchMedia('(prefers-reduced-motion: reduce)');
    this.tick = this.tick.bind(this);
  }

  play() {
    if (this.playing || !this.film.length) return;
    if (this.position >= this.film.duration) this.seek(0);
    this.playing = true;
    this.last = null;
    requestAnimationFrame(this.tick);
    this.onShow(this, true);
  }

  pause() {
    if (!this.playing) return;
    this.playing = false;
    this.onShow(this, true);
  }

  tick(now) {
    if (!this.playing) return;
    const passed = this.last === null ? 0 : (now - this.last) * this.speed;
    this.last = now;
    this.#go(Math.min(this.film.duration, this.position + passed));
    if (this.position >= this.film.duration) this.pause();
    else requestAnimationFrame(this.tick);
  }

  /** To a place of the playback, in milliseconds. */
  seek(position) {
    this.pause();
    this.#go(Math.max(0, Math.min(this.film.duration, position)));
  }

  /** To the moment at which an event has just happened, though others may have followed at once. */
  seekTo(index) {
    this.pause();
    if (index < 0) this.#go(0, 0);
    else if (index < this.film.length) this.#go(this.film.clock[index], index + 1);
  }

  #go(position, count = this.film.countAt(position)) {
    const moved = count !== this.count || !this.shown;
    this.position = position;
    this.count = count;
    if (moved) {
      this.shown = true;
      if (this.follows) this.stage.turn(this.followed());
      this.stage.show(this.film.stateAfter(count));
      if (this.follows) this.#reveal();
    }
    this.move();
    const now = performance.now();
    const tells = !this.playing || now - this.told > EVERY;
    if (tells) this.told = now;
    this.onShow(this, tells);
  }

  /** Circles under way; those who want no motion see none. */
  move() {
    const under = this.still.matches ? [] : this.film.moving(this.position, this.stage.instance);
    this.stage.scene?.move(under.filter(({ index }) => index < this.count));
  }

  /** The instance in which something happens now. */
  followed() {
    for (let index = this.count - 1; index >= 0; index -= 1) {
      const [instance, , what, element] = this.film.frames[index];
      if (element || what !== 'note') return instance;
    }
    return 0;
  }

  #reveal() {
    const frame = this.film.frames[this.count - 1];
    if (frame && frame[0] === this.stage.instance) this.stage.scene.reveal(frame[3]);
  }

  /** Turn to an instance and stay there. */
  turn(instance) {
    this.follows = false;
    this.stage.turn(instance);
    this.again();
  }

  follow(follows) {
    this.follows = follows;
    if (follows) this.stage.turn(this.followed());
    this.again();
  }

  /** Show the place once more: the diagram or what is picked has changed. */
  again() {
    this.stage.show(this.film.stateAfter(this.count));
    this.move();
    this.onShow(this, true);
  }

  /** To the next or previous event, among those that the list shows. */
  event(step, rows) {
    const now = this.count - 1;
    if (step > 0) {
      const next = rows.find((index) => index > now);
      if (next !== undefined) this.seekTo(next);
    } else {
      const before = rows.findLast((index) => index < now);
      this.seekTo(before === undefined ? -1 : before);
    }
  }

  /** To the next or previous of a day, of a person, or of an element. */
  leap(by, step, { person, picked }) {
    const now = this.count - 1;
    let found = -1;
    if (by === 'day') found = this.#day(now, step);
    else if (by === 'person') {
      const who = person ?? this.film.lines[Math.max(0, now)][0];
      found = this.film.find(now, step, (frame, line) => line[0] === who);
    } else {
      const [instance, element] = picked || this.#element(now);
      found = this.film.find(now, step, (frame) => frame[0] === instance && frame[3] === element);
    }
    if (found >= 0) this.seekTo(found);
  }

  /** The present element, else the last one before. */
  #element(now) {
    const index = this.film.frames[now]?.[3] ? now : this.film.find(now, -1, (frame) => frame[3]);
    const frame = this.film.frames[Math.max(0, index)];
    return [frame[0], frame[3]];
  }

  /** The first event of the next day, or of this one, or of the one before where this one's first is shown. */
  #day(now, step) {
    const { frames } = this.film;
    if (step > 0) {
      const today = now < 0 ? null : dayOf(frames[now][1]);
      return this.film.find(now, 1, (frame) => dayOf(frame[1]) !== today);
    }
    if (now <= 0) return -1;
    const day = dayOf(frames[now - 1][1]);
    return this.film.find(now, -1, (frame, line, index) => index === 0 || dayOf(frames[index - 1][1]) !== day);
  }
}
