/**
 * Makes docs/hero.png: one image of each class from the shipped Fashion-MNIST teacher and student, from the same seeds, in
 * two rows. Runs the command line to generate the images, and headless Chromium to draw the page.
 *
 *   node --conditions=@onestep/source --import tsx benchmarks/hero.ts [--seed 0] [--dest docs/hero.png]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from '../test-support/built-pages.js';
import { NODE } from './worker.js';

const CLASSES = 10;
/** Side of an image in the picture, in pixels: three times its own. */
const SIZE = 96;
const ROWS = [
  { label: 'Teacher, 35 network calls', command: ['edm', 'generate'], network: 'teacher' },
  { label: 'Student, 1 call', command: ['generate'], network: 'student' },
] as const;

const { values: options } = parseArgs({
  options: { seed: { type: 'string', default: '0' }, dest: { type: 'string', default: 'docs/hero.png' } },
});

const folder = mkdtempSync(join(tmpdir(), 'onestep-hero-'));
const browser = await launchChromium();
try {
  const page = await browser.newPage({ viewport: { width: 1100, height: 300 } });
  await page.setContent(pageOf(ROWS.map(({ label, ...row }) => ({ label, images: generate(row) }))));
  await page.locator('main').screenshot({ path: options.dest });
  console.log(`wrote ${options.dest}`);
} finally {
  await browser.close();
  rmSync(folder, { recursive: true });
}

/**
 * Generates an image of each class, class i from seed `--seed` + i.
 *
 * @returns PNG files
 */
function generate({ command, network }: { command: readonly string[]; network: string }): Buffer[] {
  const [node, ...args] = [...NODE, 'apps/cli/src/main.ts', ...command];
  const source = `packages/onestep/assets/fashion-mnist-${network}.safetensors`;
  return Array.from({ length: CLASSES }, (_, i) => {
    const [outdir, seed] = [join(folder, `${network}-${i}`), String(Number(options.seed) + i)];
    const flags = ['--network', source, '--outdir', outdir, '--seeds', seed, '--class', String(i)];
    execFileSync(node, [...args, ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
    return readFileSync(join(outdir, `${seed.padStart(6, '0')}.png`));
  });
}

function pageOf(rows: { label: string; images: Buffer[] }[]): string {
  const image = (png: Buffer) => `<img src="data:image/png;base64,${png.toString('base64')}">`;
  const sections = rows.map(({ label, images }) => `<h2>${label}</h2><div>${images.map(image).join('')}</div>`);
  return `<!doctype html>
    <style>
      body { margin: 0; background: white; }
      main { width: max-content; padding: 4px 12px 12px; }
      h2 { margin: 10px 0 6px; font: 600 20px 'Liberation Sans', Arial, sans-serif; color: #24292f; }
      div { display: flex; gap: 4px; }
      img { width: ${SIZE}px; height: ${SIZE}px; image-rendering: pixelated; }
    </style>
    <main>${sections.join('')}</main>`;
}
