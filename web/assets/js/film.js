// The film of a case: which frames have passed at a place of the playback, and what stands on the diagrams then.
// The state is the sum of the frames before a place, so that seeking back and playing forward cannot differ.

//: How long a token takes along a flow, in milliseconds of playback.
export const TRAVEL = 700;
//: Waits from this length on are told of.
export const TOLD_WAIT = 60_000;
const EVERY = 256;
const TAIL = 600;

/** How long a recorded wait lasts on the screen: the logarithm of it, so that a month is bearable and a minute shows. */
export const squeezed = (gap) => (gap <= 0 ? 0 : Math.min(2400, 150 + 320 * Math.log10(1 + gap / 1000)));

const KINDS = { tokens: 0, done: 1, flows: 2, incidents: 3 };
const EFFECTS = {
  enter: [['tokens', 1]],
  leave: [['tokens', -1], ['done', 1]],
  pass: [['done', 1]],
  cancel: [['tokens', -1]],
  flow: [['flows', 1]],
  trouble: [['incidents', 1]],
  mended: [['incidents', -1]],
};

/** Counts by instance and kind; `add` and nothing else changes them. */
class Sum {
  constructor(instances, from) {
    this.count = 0;
    this.of = from
      ? from.of.map((kinds) => kinds.map((map) => new Map(map)))
      : instances.map(() => [new Map(), new Map(), new Map(), new Map()]);
    if (from) this.count = from.count;
  }

  add([instance, , what, element]) {
    this.count += 1;
    for (const [kind, more] of EFFECTS[what] || []) {
      const map = this.of[instance][KINDS[kind]];
      const now = (map.get(element) || 0) + more;
      if (now) map.set(element, now);
      else map.delete(element);
    }
  }
}

/** data: film.json; drawn: by place of an instance what its diagram says: targets (flow → element), names (id → name). */
export class Film {
  constructor(data, drawn) {
    this.drawn = drawn;
    Object.assign(this, { instances: data.instances, frames: data.frames, lines: data.lines, people: data.people, texts: data.texts, cut: data.cut });
    this.length = this.frames.length;
    this.#lay(drawn);
    this.kept = [new Sum(this.instances)];
    const sum = new Sum(this.instances);
    this.frames.forEach((frame, index) => {
      sum.add(frame);
      if ((index + 1) % EVERY === 0) this.kept.push(new Sum(this.instances, sum));
    });
    this.now = new Sum(this.instances);
    this.places = new Map(this.frames.map((frame, index) => [`${this.instances[frame[0]].key}.${frame[5]}`, index]));
  }

  /** When each frame is shown: an element begins when the flow to it has been travelled, a wait when all have. */
  #lay(drawn) {
    this.clock = new Float64Array(this.length);
    this.waits = new Map();
    this.flows = [];
    const arrivals = new Map();
    let [time, last] = [0, 0];
    this.frames.forEach(([instance, at, what, element], index) => {
      const gap = index ? at - this.frames[index - 1][1] : 0;
      if (gap > 0) {
        const from = Math.max(time, last);
        time = from + squeezed(gap);
        this.waits.set(index, { from, to: time, gap });
      }
      if (what === 'flow') {
        last = Math.max(last, time + TRAVEL);
        arrivals.set(`${instance} ${drawn[instance].targets.get(element)}`, time + TRAVEL);
        this.flows.push(index);
      } else if (element) {
        time = Math.max(time, arrivals.get(`${instance} ${element}`) || 0);
      } else if (this.#ends(index)) {
        time = Math.max(time, last);
      }
      this.clock[index] = time;
    });
    this.duration = Math.max(time, last) + TAIL;
  }

  /** Whether the instance, or another one, begins or ends here: what moves arrives first. */
  #ends(index) {
    return index > 0 && this.frames[index][0] !== this.frames[index - 1][0];
  }

  /** How many frames have passed at a place of the playback. */
  countAt(position) {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.clock[middle] <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The sum of so many frames: from where we are when that is near and before it, else from what was kept. */
  stateAfter(count) {
    const kept = this.kept[Math.floor(count / EVERY)];
    if (this.now.count > count || kept.count > this.now.count) this.now = new Sum(this.instances, kept);
    while (this.now.count < count) this.now.add(this.frames[this.now.count]);
    return this.now;
  }

  /** Tokens under way at a place: flow, and how much of it is behind them (0 to 1), of one instance. */
  moving(position, instance) {
    const found = [];
    let [low, high] = [0, this.flows.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.clock[this.flows[middle]] <= position) low = middle + 1;
      else high = middle;
    }
    for (let each = low - 1; each >= 0; each -= 1) {
      const index = this.flows[each];
      const share = (position - this.clock[index]) / TRAVEL;
      if (share >= 1) break;
      if (this.frames[index][0] === instance) found.push({ index, flow: this.frames[index][3], share });
    }
    return found;
  }

  /** The recorded wait in which a place lies, if it does. */
  waitAt(position, count) {
    const wait = this.waits.get(count);
    return wait && position >= wait.from && position < wait.to ? wait : null;
  }

  /** The recorded instant of a place, in milliseconds: within a wait as much of it as has been shown. */
  instant(position, count) {
    if (!this.length) return 0;
    const before = this.frames[Math.max(0, count - 1)][1];
    const wait = this.waitAt(position, count);
    return wait ? before + (wait.gap * (position - wait.from)) / (wait.to - wait.from) : before;
  }

  /** The next place in a direction whose frame fits; -1: there is none. */
  find(from, step, fits) {
    for (let index = from + step; index >= 0 && index < this.length; index += step) {
      if (fits(this.frames[index], this.lines[index], index)) return index;
    }
    return -1;
  }

  /** What an event is about; a flow without a name by where it leads. */
  named(index) {
    const [instance, , what, element] = this.frames[index];
    const name = this.texts[this.lines[index][2]];
    if (name || what !== 'flow') return name;
    const { targets, names } = this.drawn[instance];
    const target = targets.get(element);
    return target ? `→ ${names.get(target) || target}` : '';
  }

  person(index) {
    return this.people[this.lines[index][0]];
  }
}
