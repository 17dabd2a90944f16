// Tests that the table suggests: one for each rule and each boundary; the owner takes those that say what should be.
import { button, data, make } from './make.js';
import { filled, t } from './words.js';

const CALCULATED = t('有输入列是算出来的,不能自动取值,请自己加测试。', 'An input is calculated, so no values can be proposed. Please add tests yourself.');
const NONE = t('没有可以补充的测试:每一行和每个边界值都已测到。', 'There is nothing to add: every rule and every boundary is tried.');

// In the order of the columns.
const pairs = (values, columns) => columns.filter(([name]) => name in values).flatMap(([name, label], index) => [
  index ? t(',', ', ') : '', data(label), ' = ', data(values[name], 'mono'),
]);

export function showProposals(place, { proposals, calculated }, described, onTake) {
  const close = () => place.replaceChildren();
  if (calculated || !proposals.length) {
    place.replaceChildren(make('p', { className: 'note' }, calculated ? CALCULATED : NONE, ' ', button(t('知道了', 'Close'), close)));
    return;
  }
  const inputs = described.fields.map((each) => [each.key, each.label]);
  const outputs = described.outputs.map((each) => [each.name, each.label]);
  const boxes = proposals.map((each, index) => {
    const box = make('input', { type: 'checkbox', id: `proposal-${index}`, className: 'form-check-input', checked: true });
    const why = each.rule ? filled(t('第 {n} 行', 'Rule {n}'), { n: each.rule }) : filled(t('{label} 的边界', 'Boundary of {label}'), { label: described.columns[each.column - 1]?.label ?? '' });
    return { box, each, line: make('li', {}, box, make('label', { for: box.id }, make('b', {}, why), ' ', pairs(each.inputs, inputs), ' → ', pairs(each.outputs, outputs))) };
  });
  const take = () => {
    onTake(boxes.filter(({ box }) => box.checked).map(({ each }) => ({ inputs: { ...each.inputs }, outputs: { ...each.outputs } })));
    close();
  };
  place.replaceChildren(make('div', { className: 'dmn-proposals', role: 'group', 'aria-label': t('提议的测试', 'Proposed tests') },
    make('p', {}, filled(t('提议 {n} 条。输出是现在的表算出来的,请确认就是您要的结果,再加入。', '{n} proposed. The outputs are what the table says now: take those that are right.'), { n: proposals.length })),
    make('ol', {}, boxes.map(({ line }) => line)),
    make('div', { className: 'dmn-actions' }, button(t('加入所选', 'Add these'), take, { className: 'btn btn-primary btn-small', 'data-test': 'take-proposals' }), button(t('取消', 'Cancel'), close))));
}
