// Bundles the pages' scripts and styles into ../static/dist under hashed names and writes the manifest that the
// templates read. Nothing is fetched from elsewhere when a page is shown.
import * as esbuild from 'esbuild';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const dist = join(here, '..', 'static', 'dist');

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist, { recursive: true });

const shared = {
  absWorkingDir: here,
  entryNames: '[name]-[hash]',
  assetNames: '[name]-[hash]',
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
};

const pages = await esbuild.build({
  ...shared,
  entryPoints: {
    theme: 'js/theme.js',
    desk: 'js/desk.js',
    diagram: 'js/diagram.js',
    replay: 'js/replay.js',
    'studio-changes': 'js/studio/changes.js',
    'studio-compare': 'js/studio/compare.js',
    'studio-backtest': 'js/studio/backtest.js',
    'studio-migration': 'js/studio/migration.js',
    'studio-scenarios': 'js/studio/scenarios.js',
    'studio-heat-map': 'js/studio/heat_map.js',
    'studio-process-map': 'js/studio/process_map.js',
    pages: 'css/pages.css',
  },
  // The viewer's icon font is never used by a viewer, and the policy of the pages allows no data: fonts.
  loader: { '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl' },
});

// Editors have palettes, whose signs are fonts: files of our own, so that the policy need not allow data: fonts.
const editors = await esbuild.build({
  ...shared,
  entryPoints: {
    'studio-bpmn': 'js/studio/bpmn.js',
    'studio-dmn': 'js/studio/dmn.js',
    'studio-form': 'js/studio/form.js',
  },
  // form-js pins an older preact for its editor than for its viewer: hooks only work where both share one.
  alias: { preact: 'preact' },
  loader: { '.woff': 'file', '.woff2': 'file', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl' },
});

const manifest = {};
for (const [file, output] of [pages, editors].flatMap((built) => Object.entries(built.metafile.outputs))) {
  if (!output.entryPoint) continue;
  const name = basename(file).replace(/-[A-Z0-9]{8}\.(js|css)$/, '');
  manifest[`${name}.${file.endsWith('.css') ? 'css' : 'js'}`] = relative(dist, join(here, file));
  if (output.cssBundle) manifest[`${name}.css`] = relative(dist, join(here, output.cssBundle));
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
