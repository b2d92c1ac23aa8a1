import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { chromiumPath, launchChromium } from '../../../test-support/built-pages.js';
import { startCli } from './support/cli.js';
import { writeTinyTeacher } from './support/tiny-files.js';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'onestep-report-'))));
afterAll(() => rm(folder, { recursive: true }));

it.skipIf(chromiumPath() === null)('a page of a training that goes on reloads itself, and keeps its place (skipped without Chromium)', async () => {
  const [runs, out] = [join(folder, 'runs'), join(folder, 'report.html')];
  const teacher = await writeTinyTeacher(folder, 8);
  const training = startCli(['distill', 'diff-instruct', '--edm-model', teacher, '--outdir', runs, '--batch=4', '--tick=0.1', '--duration=1']); // prettier-ignore
  const until = async (isThere: () => Promise<boolean>) => {
    while (!(await isThere())) {
      expect(training.child.exitCode).toBe(null);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  const browser = await launchChromium();
  let reporting: ReturnType<typeof startCli> | undefined;
  try {
    const name = join(runs, 'latest');
    await until(async () => (await ticksOf(runs)) > 2);
    reporting = startCli(['report', name, '--watch', '--out', out]);
    await until(() => readFile(out).then(() => true, () => false)); // prettier-ignore

    const page = await browser.newPage({ viewport: { width: 800, height: 400 } });
    // A slow machine must not fail a test.
    page.setDefaultTimeout(300_000);
    await page.goto(pathToFileURL(out).href);
    const kimg = () => page.locator('table td').nth(1).textContent();
    const before = await kimg();
    await page.evaluate('window.scrollTo(0, 300); window.isFirst = true');
    const shown = "document.querySelectorAll('table td')[1]?.textContent";
    await page.waitForFunction(`${shown} !== ${JSON.stringify(before)}`);
    expect(await page.evaluate('[window.isFirst, window.scrollY]')).toEqual([undefined, 300]);
    training.child.kill('SIGINT');
    expect(await training.finished).toMatchObject({ code: 130 });
    expect(await reporting.finished).toMatchObject({ code: 0 });
    const isLast = "document.querySelector('script') === null && document.body.textContent.includes('stopped')";
    await page.waitForFunction(isLast);
  } finally {
    training.child.kill('SIGKILL');
    reporting?.child.kill('SIGKILL');
    await browser.close();
  }
}); // prettier-ignore

/** How many ticks the only run in a folder has recorded. */
async function ticksOf(runs: string): Promise<number> {
  const [run] = await readdir(runs).catch(() => []);
  const text = run === undefined ? '' : await readFile(join(runs, run, 'stats.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').length - 1;
}
