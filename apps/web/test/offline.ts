import { expect, onTestFinished, test } from 'vitest';
import { difference, pictured } from './driven-page.js';
import type { Site } from './driven-site.js';
import { focused } from './keyboard.js';
import { TOLERANCE } from './pictures-in-node.js';

/** A picture of Node: seed and class in the address, and the values of the student's picture. */
interface Expected {
  settings: string;
  student: ArrayLike<number>;
}

/** A test of `pages.test.ts`, which has built the pages: they are used without a network. */
export function testOffline(site: Site, expectedPicture: () => Expected): void {
  test('without a network the pages open and draw, with models that were fetched once and can be removed', async () => {
    const expected = expectedPicture();
    const { page } = await site.open('index', `engine=wasm&${expected.settings}`, { keepsPages: true });
    const models = page.locator('#kept-models');
    await page.getByText('Or drop a network of your own here.').waitFor();
    await page.getByText('These pages are kept on this device, and open without a network.').waitFor();
    await expect.poll(() => models.innerText()).toMatch(/fashion-mnist-student\s+3\.0 MB[^]*fashion-mnist-teacher/);
    expect(await page.textContent('#models-note')).toMatch(/^6\.1 MB in all\. /);

    await page.context().setOffline(true);
    // The browser's own requests, such as for a new version of the service worker, fail too.
    site.pages.intercept = (request) => request.socket.destroy();
    onTestFinished(() => void (site.pages.intercept = () => undefined));
    const drawn = await pictured(page, () => page.reload());
    expect(difference(drawn, expected.student)).toBeLessThan(TOLERANCE);
    await page.getByText('Or drop a network of your own here.').waitFor();
    await page.getByText('These pages are kept on this device, and open without a network.').waitFor();

    await page.getByRole('radio', { name: 'StyleGAN2 on Fashion-MNIST' }).check();
    const missing = /^fashion-mnist-gan is not kept on this device, and cannot be fetched: /;
    await page.getByRole('alert').getByText(missing).waitFor();

    const remove = (name: string) => page.getByRole('button', { name: `Remove ${name}` });
    await remove('fashion-mnist-student').focus();
    await page.keyboard.press('Enter');
    await page.getByText(/^fashion-mnist-student was removed\. 3\.0 MB in all\./).waitFor();
    await expect.poll(() => focused(page)).toBe('Remove fashion-mnist-teacher');
    await page.keyboard.press('Enter');
    await page.getByText(/^fashion-mnist-teacher was removed\. None\./).waitFor();
    await expect.poll(() => focused(page)).toBe('models-title');

    await page.getByRole('link', { name: 'Distill a toy' }).click();
    await page.locator('#run:enabled').waitFor();
    await page.close();
  });
}
