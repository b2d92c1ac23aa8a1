import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';

/** Not a dependency: tests alone need it, and its license is MPL-2.0. npm brings it when a test asks. */
const VERSION = '4.14.1';
const FOLDER = fileURLToPath(new URL(`../node_modules/.cache/axe-core-${VERSION}/`, import.meta.url));

/** A fault of a page, in words. */
export type Violation = string;

/** The program of axe-core, which checks pages for accessibility; null where the npm registry cannot be reached. */
export async function axeProgram(): Promise<string | null> {
  const program = join(FOLDER, 'node_modules/axe-core/axe.min.js');
  if (!existsSync(program)) {
    await mkdir(FOLDER, { recursive: true });
    const install = ['install', '--prefix', FOLDER, '--no-save', '--no-audit', '--no-fund', `axe-core@${VERSION}`];
    await promisify(execFile)('npm', install).catch(() => undefined);
  }
  return existsSync(program) ? readFile(program, 'utf8') : null;
}

/** Checks a page as it is shown. */
export async function violationsOf(page: Page, program: string): Promise<Violation[]> {
  await page.evaluate(program);
  return page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: { run(): Promise<{ violations: AxeViolation[] }> } };
    const { violations } = await axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
  });
}

interface AxeViolation {
  id: string;
  nodes: { target: string[] }[];
}
