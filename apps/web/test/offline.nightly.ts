import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterEach, describe, expect, test } from 'vitest';
import { pictured } from './driven-page.js';
import { driveSite, hasChromium } from './driven-site.js';

const LOADED = 'Or drop a network of your own here.';
const KEPT = 'These pages are kept on this device, and open without a network.';

const site = driveSite();
afterEach(() => {
  site.pages.intercept = () => undefined;
});

describe.skipIf(!hasChromium)('use without a network', () => {
  test('a model of which a part came, or another one, is not kept, and is fetched when it is chosen again', async () => {
    const student = await modelFile('fashion-mnist-student');
    let sent = (contents: Buffer) => contents.subarray(0, contents.length / 2);
    site.pages.intercept = (request, response) => {
      if (!request.url!.includes('fashion-mnist-student')) return;
      const part = sent(student);
      // With the length of the whole the connection breaks; with that of the part, it seems complete.
      response.setHeader('content-length', part.length < 1e6 ? part.length : student.length);
      response.write(part, () => (part.length < 1e6 ? response.end() : request.socket.end()));
    };
    const page = await open();
    const alert = page.getByRole('alert');
    await alert.getByText(/^fashion-mnist-student: the connection broke after [\d.]+ MB of 3\.0 MB\./).waitFor();
    expect(await keptModels(page)).toEqual([]);

    sent = (contents) => contents.subarray(0, 1000);
    await page.reload();
    await alert.getByText(/^fashion-mnist-student: 0\.0 MB arrived that are not the 3\.0 MB which/).waitFor();
    expect(await keptModels(page)).toEqual([]);

    site.pages.intercept = () => undefined;
    await page.reload();
    await page.getByText(LOADED).waitFor();
    await expect.poll(() => keptModels(page)).toEqual(['fashion-mnist-student', 'fashion-mnist-teacher']);
    await page.close();
  });

  test('a model is fetched once; one that was damaged on the device is fetched again, and one of an old version is removed', async () => {
    const page = await open();
    await page.getByText(LOADED).waitFor();
    const asked = () => site.pages.requests.filter((name) => name.startsWith('fashion-mnist-student')).length;
    const before = asked();
    await page.reload();
    await page.getByText(LOADED).waitFor();
    expect(asked()).toBe(before);

    await page.evaluate(async () => {
      const [name] = (await caches.keys()).filter((name) => name.startsWith('onestep-models '));
      const cache = await caches.open(name!);
      const student = (await cache.keys()).find(({ url }) => url.includes('student'))!;
      await cache.put(student, new Response(new Uint8Array(3_045_588)));
      await cache.put('assets/old-model-12345678.safetensors', new Response('old'));
    });
    await page.reload();
    await page.getByText(LOADED).waitFor();
    expect(asked()).toBe(before + 1);
    const addresses = await page.evaluate(async () => {
      const [name] = (await caches.keys()).filter((name) => name.startsWith('onestep-models '));
      return (await (await caches.open(name!)).keys()).map(({ url }) => new URL(url).pathname);
    });
    expect(addresses).toHaveLength(2);
    expect(addresses.join()).not.toContain('old-model');
    await page.close();
  });

  test('where there is no room, the page draws all the same, and says what to do', async () => {
    const page = await open();
    await page.getByText(LOADED).waitFor();
    await page.getByText(KEPT).waitFor();
    const devtools = await page.context().newCDPSession(page);
    const origin = new URL(site.pages.address).origin;
    const usage = await page.evaluate(async () => (await navigator.storage.estimate()).usage!);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + 1_000_000 });
    await pictured(page, () => page.getByRole('radio', { name: 'The same, refined' }).check());
    const kept = `next to the ${(usage / 1e6).toFixed(1)} MB that this site keeps`;
    const alert = page.getByRole('alert').getByText(kept);
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /^There is no room to keep fashion-mnist-gan.* \(1\.8 MB\) .* Remove another model/,
    );
    expect((await keptModels(page)).length).toBeLessThan(4);
    await page.close();
  });

  test('a new version is offered, begins as a whole when it is wanted, and the files of the old one are gone', async () => {
    const context = await site.browser.newContext();
    const page = await context.newPage();
    await page.goto(`${site.pages.address}index.html?engine=wasm`);
    await page.getByText(KEPT).waitFor();
    const [html, worker] = ['index.html', 'service-worker.js'].map((name) => join(site.pages.folder, name)) as [
      string,
      string,
    ];
    const [oldHtml, oldWorker] = [await readFile(html, 'utf8'), await readFile(worker, 'utf8')];
    await writeFile(html, oldHtml.replace('From noise to a picture', 'The next version'));
    await writeFile(
      worker,
      oldWorker.replace(/(`|")index\.html\1,revision:(`|")\w+/, '$1index.html$1,revision:$2next'),
    );

    // It is seen at the next opening, which still shows the old one.
    await page.reload();
    await page.getByText(/^There is a new version of these pages\./).waitFor();
    expect(await page.textContent('h1')).toBe('From noise to a picture, in one step.');
    const other = await context.newPage();
    await other.goto(`${site.pages.address}distill.html?engine=wasm`);
    await page.getByRole('button', { name: 'Reload the page' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'The next version, in one step.' }).waitFor();
    await other.getByText(/^A new version of these pages has begun in another window\./).waitFor();
    const revisions = await page.evaluate(async () => {
      const [name] = (await caches.keys()).filter((name) => name.startsWith('workbox-precache'));
      return (await (await caches.open(name!)).keys())
        .map(({ url }) => url)
        .filter((url) => url.includes('index.html'));
    });
    expect(revisions.map((url) => new URL(url).search)).toEqual(['?__WB_REVISION__=next']);
    await context.close();
    await Promise.all([writeFile(html, oldHtml), writeFile(worker, oldWorker)]);
  });

  test('pages that are isolated from other origins stay so without a network', async () => {
    site.pages.intercept = (_, response) => {
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
    };
    const page = await open('cpu');
    const engine = page.locator('#engine-description').getByText(/^cpu: /);
    await engine.waitFor();
    await page.getByText(KEPT).waitFor();
    await page.context().setOffline(true);
    site.pages.intercept = (request) => request.socket.destroy();
    await page.reload();
    await engine.waitFor();
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    await page.close();
  });
});

async function open(engine = 'wasm'): Promise<Page> {
  return (await site.open('index', `engine=${engine}`, { keepsPages: true })).page;
}

function keptModels(page: Page): Promise<string[]> {
  return page.locator('#kept-models li span:first-child').allTextContents();
}

/** The built file of a model. */
async function modelFile(name: string): Promise<Buffer> {
  const table = JSON.parse(await readFile(join(site.pages.folder, 'offline.json'), 'utf8')) as {
    models: { name: string; path: string }[];
  };
  return readFile(join(site.pages.folder, table.models.find((model) => model.name === name)!.path));
}
