// The tests of a decision, kept in its own file as an extension element: read from and written to dmn-js' model.

const isTests = (value) => value.$type === 'kefuflow:Tests';

function testsOf(decision) {
  return decision.extensionElements?.get('values').find(isTests);
}

const valuesOf = (many) => Object.fromEntries((many || []).map((each) => [each.name || '', each.value || '']));

// [{id, name, at, inputs: {key: FEEL}, outputs: {name: FEEL}}]
export function readTests(decision) {
  return (testsOf(decision)?.cases || []).map((each, index) => ({
    id: each.id || `test_${index + 1}`, name: each.name || '', at: each.at || '',
    inputs: valuesOf(each.inputs), outputs: valuesOf(each.outputs),
  }));
}

function wanted(moddle, type, values) {
  return Object.entries(values).filter(([, value]) => value.trim()).map(([name, value]) => moddle.create(type, name ? { name, value } : { value }));
}

export function writeTests(moddle, decision, tests) {
  const made = tests.map((each) => moddle.create('kefuflow:Test', {
    id: each.id, name: each.name || undefined, at: each.at || undefined,
    inputs: wanted(moddle, 'kefuflow:Input', each.inputs), outputs: wanted(moddle, 'kefuflow:Output', each.outputs),
  }));
  const others = (decision.extensionElements?.get('values') || []).filter((value) => !isTests(value));
  const values = made.length ? [...others, moddle.create('kefuflow:Tests', { cases: made })] : others;
  decision.extensionElements = values.length ? moddle.create('dmn:ExtensionElements', { values }) : undefined;
}

export function freshId(tests) {
  const numbers = tests.map((each) => Number(/^test_(\d+)$/.exec(each.id)?.[1] || 0));
  return `test_${Math.max(0, ...numbers) + 1}`;
}
