import type { Browser } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';
import {
  buildAndServePages,
  chromiumPath,
  launchChromium,
  type BuiltPages,
} from '../../../test-support/built-pages.js';
import { openPage } from './driven-page.js';

/** Whether there is a browser to drive the pages in. */
export const hasChromium = chromiumPath() !== null;

/** The built pages, served, and a browser. Both are there from the first test of a file to its last. */
export interface Site {
  readonly browser: Browser;
  readonly pages: BuiltPages;
  /**
   * Opens a page.
   *
   * @param name `index` or `distill`
   * @param settings of its address, such as `engine=wasm&seed=7`
   */
  open(name: string, settings: string, options?: Parameters<typeof openPage>[2]): ReturnType<typeof openPage>;
}

/**
 * Builds the pages and starts a browser before the tests of the file that calls it, once, at its top. Without Chromium nothing is
 * built: its tests have to be skipped then (`hasChromium`).
 */
export function driveSite(options?: Parameters<typeof launchChromium>[0]): Site {
  let browser: Browser | undefined;
  let pages: BuiltPages | undefined;
  beforeAll(async () => {
    if (hasChromium) [pages, browser] = [await buildAndServePages(), await launchChromium(options)];
  });
  afterAll(async () => {
    await browser?.close();
    await pages?.close();
  });
  return {
    get browser() {
      return browser!;
    },
    get pages() {
      return pages!;
    },
    open(name, settings, keeping) {
      return openPage(this.browser, `${this.pages.address}${name}.html?${settings}`, keeping);
    },
  };
}
