import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';

/**
 * Opens a page. What its console complains of, and what cannot be loaded, is collected.
 *
 * @param options.keepsPages whether the browser keeps the pages for use without a network. Most tests save the time
 */
export async function openPage(
  browser: Browser,
  address: string,
  { keepsPages = false } = {},
): Promise<{ page: Page; complaints: string[] }> {
  const page = await browser.newPage({ serviceWorkers: keepsPages ? 'allow' : 'block' });
  // On a machine that does much else, a picture may take a while.
  page.setDefaultTimeout(120_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    const isOfPlaywright = message.text() === 'Service Worker registration blocked by Playwright';
    if (['error', 'warning'].includes(message.type()) && !isOfPlaywright) complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on(
    'response',
    (response) => response.status() >= 400 && complaints.push(`${response.status()} ${response.url()}`),
  );
  // Pictures may come before anyone asks: they are kept.
  await page.addInitScript(() => {
    const seen: Record<string, unknown[]> = { generated: [], raced: [], sampled: [] };
    Object.assign(window, { seen });
    for (const name of Object.keys(seen)) {
      document.addEventListener(name, (event) => {
        const { pixels } = (event as CustomEvent<{ pixels: Float32Array }>).detail;
        seen[name]!.push(Array.from(pixels));
      });
    }
  });
  await page.goto(address);
  return { page, complaints };
}

/** The values of the picture that comes after an action. */
export async function pictured(page: Page, action: () => unknown): Promise<number[]> {
  const next = nextDetail(page, 'generated');
  await action();
  return (await next).pixels;
}

/** What a page's next event of this name carries. */
export async function nextDetail(page: Page, name: string): Promise<{ pixels: number[] }> {
  const handle = await page.waitForFunction(
    (which) => (window as unknown as { seen: Record<string, number[][]> }).seen[which]!.shift(),
    name,
  );
  return { pixels: (await handle.jsonValue())! };
}

/** Waits until the newest picture of an event of this name is the expected one. */
export async function arrival(page: Page, name: string, expected: ArrayLike<number>, tolerance: number): Promise<void> {
  const newest = () =>
    page.evaluate(
      (which) => (window as unknown as { seen: Record<string, number[][]> }).seen[which]!.at(-1) ?? [],
      name,
    );
  const distance = async () => {
    const pixels = await newest();
    return pixels.length === expected.length ? difference(pixels, expected) : Infinity;
  };
  await expect.poll(distance, { timeout: 120_000 }).toBeLessThan(tolerance);
}

/** The largest difference. */
export function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (value, i) => Math.abs(value - b[i]!)));
}
