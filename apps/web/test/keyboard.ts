import type { Page } from 'playwright-core';

/** What the Tab key reaches from the skip link to the end of a page: an id or, without one, the text. */
export async function tabStops(page: Page): Promise<string[]> {
  await page.locator('.skip').focus();
  const stops: string[] = [];
  for (let stop = await focused(page); stop !== '' && stops.length < 100; stop = await focused(page)) {
    stops.push(stop);
    await page.keyboard.press('Tab');
  }
  return stops;
}

/** The element with the focus: its id or, without one, its name or text; empty for none. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement: active } = document;
    if (active === null || active === document.body) return '';
    return active.id || active.getAttribute('name') || active.ariaLabel || active.textContent;
  });
}

/** All controls that can be seen and used, in the order of the page; of a group of radio buttons, its name. */
export function controls(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea')];
    const usable = all.filter((control) => control.checkVisibility() && !control.matches(':disabled, [tabindex="-1"]'));
    const names = usable.map((control) => {
      return control.id || control.getAttribute('name') || control.ariaLabel || control.textContent!;
    });
    return [...new Set(names)];
  });
}

/** Notes what a page says to screen readers, from now on. @returns a function that gives what has been said */
export async function listen(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const note = ({ target }: MutationRecord) => {
      const element = target instanceof Element ? target : target.parentElement!;
      const region = element.closest('[role=status], [role=alert], [aria-live=polite]');
      const text = region?.textContent?.trim();
      if (text && said.at(-1) !== text) said.push(text);
    };
    const observer = new MutationObserver((records) => records.forEach(note));
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}
