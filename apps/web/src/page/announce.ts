import { element } from './element.js';

/** Says to screen readers what has changed, where no text that they follow says it. */
export function announce(text: string): void {
  const region = element('announcements', HTMLElement);
  // A text is said again only if it is another one.
  region.textContent = region.textContent === text ? `${text}\u00a0` : text;
}
