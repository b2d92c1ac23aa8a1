import { megabytes } from '../page/format.js';
import type { ModelEntry } from './offline-table.js';

/** Says why a model could not be kept, and what to do. */
export async function whyNotKept({ name, bytes }: ModelEntry, error: unknown): Promise<string> {
  const works = 'It works until this page is closed.';
  if (!(error instanceof DOMException && error.name === 'QuotaExceededError')) {
    return `${name} could not be kept on this device: ${(error as Error).message} ${works}`;
  }
  // What there is in all is not said: Chromium's figure is not that of the disk.
  const { usage } = await navigator.storage.estimate();
  const others = usage === undefined ? '' : ` next to the ${megabytes(usage)} that this site keeps`;
  const what = `There is no room to keep ${name} (${megabytes(bytes)})${others}.`;
  return `${what} ${works} Remove another model from the list, or make room on the disk, and reload the page.`;
}
