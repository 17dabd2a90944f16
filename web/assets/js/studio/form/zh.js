// form-js has no translations: what it writes itself is put into Chinese in the page. Only its own words are looked at;
// labels and values of the form that is edited, formulas and inputs are never touched.
import { KINDS, english } from './words.js';

const TABLE = new Map(Object.entries({
  Form: '表单',
  Components: '组件',
  'Search components': '搜索组件',
  'Clear content': '清空',
  'No components found.': '没有这样的组件',
  Input: '填写',
  Selection: '选择',
  Presentation: '显示',
  Containers: '容器',
  Action: '动作',
  'Drag and drop components here.': '把组件拖到这里',
  'Build your form': '从这里开始做表单',
  'Drag and drop components here to start designing.': '把左边的组件拖进来,或选中组件后按回车。',
  'Use the preview window to test your form.': '「预览」里看坐席看到的样子,并可以试着提交。',
  'Text view is empty': '还没有文字',
  'Html view is empty': '还没有内容',
  'Expression is empty': '还没有公式',
  'Remove form field': '删除组件',
  Repeatable: '可以增减行',
  'Toggle section': '展开或收起',
  'Section contains an error': '这一组里有错误',
  'Section contains data': '这一组里有内容',
  'Section contains edits': '这一组里有内容',
  'Select a form field to edit its properties.': '选中一个组件,在这里改它。',
  'Multiple form fields are selected. Select a single form field to edit its properties.': '选中了多个组件,请只选一个。',
  Select: '请选择',
  Search: '搜索',
  Browse: '选择文件',
  'No files selected': '还没有文件',
  Increment: '加',
  Decrement: '减',
  'Add new': '添加一行',
  'Show all': '显示全部',
  'Show less': '收起',
  Nothing: '没有',
  'Nothing to show.': '没有内容',
  'Skip to search': '跳到搜索',
  'Remove tag': '移除',
  'This is an image placeholder': '图片',
  'Document preview': '文档预览',
  Content: '内容',
  'hh:mm --': '时:分',
  'hh:mm ?m': '时:分',
  'hh:mm': '时:分',
  'yyyy/mm/dd': '年/月/日',
  'mm/dd/yyyy': '年/月/日',
  'dd/mm/yyyy': '年/月/日',
  'yyyy. mm. dd.': '年/月/日',
  Month: '月份',
  Year: '年份',
  Hour: '时',
  Minute: '分',
  block: '语句',
  keyword: '关键词',
  function: '函数',
}));

const name = (kind) => Object.values(KINDS).find((it) => it === kind) ?? TABLE.get(kind) ?? kind;
const PATTERNS = [
  [/^Create an? (.+) element$/, (kind) => `添加${name(kind)}`],
  [/^Remove (?!list item)(.+)$/, (kind) => `删除${name(kind)}`],
  [/^Remove list item (\d+)$/, (number) => `删除第 ${number} 行`],
  [/^Expression for '(.+)'$/, (key) => `提交时算出 ${key}`],
  [/^Show all \((\d+)\)$/, (count) => `显示全部(${count})`],
  [/^Column (\d+)$/, (number) => `第 ${number} 列`],
  [/^Text view is (?:templated|populated by an expression)$/, () => '含公式的文字'],
  [/^Html view is (?:templated|populated by an expression)$/, () => '含公式的内容'],
  [/^Unrecognized token(?: in <.*>|.*)?$/, () => '这里读不懂'],
  [/^Incomplete .*$/, () => '公式还没写完'],
  [/^Unrecognized .*$/, () => '这里读不懂'],
];

// Where form-js's own words stand; everything else on the canvas is the owner's.
const OWN = [
  '.fjs-palette',
  '.bio-properties-panel-placeholder',
  '.bio-properties-panel-header-type',
  '.fjs-empty-component',
  '.fjs-empty-editor-card',
  '.fjs-form-field-placeholder',
  '.fjs-repeat-render-footer',
  '.fjs-repeat-render-add',
  '.fjs-select-placeholder',
  '.fjs-taglist-skip-link',
  '.fjs-filepicker-container',
  '.fjs-documentPreview-placeholder-text',
  '.fjs-image-placeholder',
  '.fjs-table-middle-container',
  '.cm-completionDetail',
  '.cm-diagnosticText',
].join(',');
const ATTRIBUTES = ['title', 'placeholder', 'aria-label', 'alt'];
const LATIN = /[A-Za-z]/;

export function inChinese(text) {
  const plain = text.trim();
  const found = TABLE.get(plain);
  if (found !== undefined) return text.replace(plain, () => found);
  for (const [pattern, say] of PATTERNS) {
    const match = pattern.exec(plain);
    if (match) return say(match[1]);
  }
  return text;
}

function putText(node) {
  if (!LATIN.test(node.data) || !node.parentElement?.closest(OWN) || node.parentElement.closest('[data-own]')) return;
  const said = inChinese(node.data);
  if (said !== node.data) node.data = said;
}

function putAttributes(element) {
  if (element.closest('[data-own]')) return;
  for (const attribute of ATTRIBUTES) {
    const text = element.getAttribute(attribute);
    if (!text || !LATIN.test(text)) continue;
    const said = inChinese(text);
    if (said !== text) element.setAttribute(attribute, said);
  }
}

function putTree(root) {
  if (root.nodeType === Node.TEXT_NODE) putText(root);
  if (root.nodeType !== Node.ELEMENT_NODE) return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.currentNode; node; node = walker.nextNode()) {
    if (node.nodeType === Node.TEXT_NODE) putText(node); else putAttributes(node);
  }
}

// Keeps what form-js draws below `root` in Chinese; only what changes is looked at.
export function keepChinese(root) {
  if (english) return;
  putTree(root);
  new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'characterData') putText(change.target);
      else if (change.type === 'attributes') putAttributes(change.target);
      else change.addedNodes.forEach(putTree);
    }
  }).observe(root, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ATTRIBUTES });
}
