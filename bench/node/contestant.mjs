// bpmn-engine with SQLite as a contestant in a process of its own: reads what to do as a line of JSON, answers with a line,
// and times itself, so that the pipe is not measured: node contestant.mjs <recovered|alive> <database> < lines.
//
// recovered: as its documentation shows it: the state read, parsed, an engine recovered and resumed at every step, and
// the whole state saved. alive: the engine kept between the steps, its state saved without the diagram, of which one
// copy serves all. Both: one row an instance, WAL, synchronous=FULL.
import { readFileSync, statSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { DatabaseSync } from 'node:sqlite';
import { Engine } from 'bpmn-engine';

const [kind, path] = process.argv.slice(2);
const alive = kind === 'alive' ? new Map() : null;
const version = (name) => JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url))).version;

const database = new DatabaseSync(path);
database.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL');
database.exec('CREATE TABLE instance(id INTEGER PRIMARY KEY, state TEXT)');
const inserting = database.prepare('INSERT INTO instance(state) VALUES (?)');
const loading = database.prepare('SELECT state FROM instance WHERE id = ?');
const saving = database.prepare('UPDATE instance SET state = ? WHERE id = ?');
let source;
let cases = 0;

async function packed(engine) {
  const state = await engine.getState();
  if (alive) for (const definition of state.definitions) delete definition.source;
  return JSON.stringify(state);
}

const load = (key) => JSON.parse(loading.get(key).state);

async function save(engine, key) {
  const state = await packed(engine);
  database.exec('BEGIN IMMEDIATE');
  saving.run(state, key);
  database.exec('COMMIT');
}

async function start(variables) {
  const engine = new Engine({ name: 'bench', source, variables });
  await engine.execute();
  const key = Number(inserting.run(await packed(engine)).lastInsertRowid);
  cases += 1;
  if (alive) alive.set(key, engine);
  else await engine.stop();
  return key;
}

async function running(key) {
  if (alive) return alive.get(key);
  const engine = new Engine().recover(load(key));
  await engine.resume();
  return engine;
}

async function complete(key, values) {
  const engine = await running(key);
  const task = engine.execution.getPostponed().find((one) => one.type === 'bpmn:UserTask');
  task.environment.assignVariables(values);
  task.signal(values);
  await save(engine, key);
}

// Throws unless the case has ended, by the way that its values say, with its script run once.
async function check(key, { ok }) {
  const engine = alive?.get(key) ?? new Engine().recover(load(key));
  const taken = (id) => engine.execution.getActivityById(id).counters.taken;
  const way = [taken('b'), taken('c'), taken('count'), taken('end')].join();
  const saved = load(key);
  alive?.delete(key);
  if (way !== (ok ? '1,0,1,1' : '0,1,1,1')) throw new Error(`the case went another way: ${way}`);
  const ended = saved.state === 'idle' && saved.definitions[0].counters.completed === 1;
  if (!ended) throw new Error('the case has not ended');
}

async function seconds(step) {
  const began = performance.now();
  await step();
  return (performance.now() - began) / 1000;
}

// A turn: every case started, its user tasks completed one after the other (timed), and checked.
async function turn(wanted) {
  const times = [];
  for (const { order_id, steps } of wanted) {
    const key = await start({ order_id });
    for (const values of steps) times.push(await seconds(() => complete(key, values)));
    await check(key, steps[0]);
  }
  return times;
}

// Timers that are due already: each recovered, which fires it, run on and saved; gives the seconds for all.
async function fire(count) {
  return seconds(async () => {
    for (let key = 1; key <= count; key += 1) {
      const engine = new Engine().recover(load(key));
      await engine.resume();
      if (engine.execution.getActivityById('count').counters.taken !== 1) throw new Error('the timer did not fire');
      await save(engine, key);
    }
  });
}

function bytesPerCase() {
  database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  return Math.floor(statSync(path).size / cases);
}

async function answer(asked) {
  if (asked.diagram) source = asked.diagram;
  if (asked.turn) return turn(asked.turn);
  for (const order_id of asked.start ?? []) await start({ order_id });
  if (asked.fire) return fire(asked.fire);
  if (asked.bytes) return bytesPerCase();
  return { engine: version('bpmn-engine'), node: process.versions.node };
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
