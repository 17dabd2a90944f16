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

const result = await esbuild.build({
  absWorkingDir: here,
  entryPoints: {
    theme: 'js/theme.js',
    desk: 'js/desk.js',
    diagram: 'js/diagram.js',
    replay: 'js/replay.js',
    pages: 'css/pages.css',
  },
  entryNames: '[name]-[hash]',
  outdir: dist,
  bundle: true,
  minify: true,
  format: 'iife',
  target: 'es2022',
  // The viewer's icon font is never used by a viewer, and the policy of the pages allows no data: fonts.
  loader: { '.woff': 'empty', '.woff2': 'empty', '.ttf': 'empty', '.eot': 'empty', '.svg': 'dataurl' },
  legalComments: 'linked',
  metafile: true,
  logLevel: 'warning',
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue;
  const name = basename(output.entryPoint).replace(/\.(js|css)$/, '');
  manifest[`${name}.${file.endsWith('.css') ? 'css' : 'js'}`] = relative(dist, join(here, file));
  if (output.cssBundle) manifest[`${name}.css`] = relative(dist, join(here, output.cssBundle));
}
writeFileSync(join(dist, 'manifest.json'), JSON.stringify(manifest, null, 2) + '\n');
