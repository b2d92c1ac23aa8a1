import type { Page } from 'playwright-core';
import { axeProgram, violationsOf } from '../../../test-support/axe.js';

const WIDTHS = [1280, 360];

/**
 * Looks at a page as it is shown, in a wide and in a narrow window.
 *
 * @returns what axe finds, and by how many pixels the page is wider than its window; empty if all is well
 */
export async function faultsOf(page: Page): Promise<Record<string, unknown>[]> {
  const program = await axeProgram();
  if (program === null) console.log('Skipped: accessibility, since axe-core cannot be had from the npm registry.');
  // Colors on their way to others are not judged.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  const faults: Record<string, unknown>[] = [];
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 800 });
    const violations = program === null ? [] : await violationsOf(page, program);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (violations.length > 0 || overflow > 0) faults.push({ width, violations, overflow });
  }
  return faults;
}
