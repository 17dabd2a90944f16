// Files for the disk: the diagram as SVG or PNG, black on white whatever the screen is, and as BPMN.
const FONT = "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif";
const ON_PAPER = { '--kf-shape-fill': '#ffffff', '--kf-shape-line': '#57514a', '--kf-shape-text': '#26231f' };
const SCALE = 2;
//: What browsers draw without fail.
const LONGEST = 16000;

/** The drawing with its own colours and letters, so that it looks the same outside the page. */
export async function svgOf(modeler) {
  const { svg } = await modeler.saveSVG();
  return svg
    .replace(/var\((--kf-[\w-]+)\)/g, (_, name) => ON_PAPER[name] || '#26231f')
    .replace(/font-family: ?[^;"]+/g, `font-family: ${FONT.replace(/'/g, '')}`)
    .replace(/font-family="[^"]*"/g, `font-family="${FONT}"`);
}

export async function pngOf(modeler) {
  const svg = await svgOf(modeler);
  const [, , width, height] = svg.match(/viewBox="(\S+) (\S+) (\S+) (\S+)"/).slice(1).map(Number);
  const scale = Math.min(SCALE, LONGEST / Math.max(width, height));
  const image = new Image(width * scale, height * scale);
  await new Promise((done, failed) => {
    image.onload = done;
    image.onerror = () => failed(new Error('picture'));
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  });
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = canvas.getContext('2d');
  context.fillStyle = '#ffffff';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, 'image/png'));
}

export function download(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
