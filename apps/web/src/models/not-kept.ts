import { megabytes } from '../page/format.js';
import type { ModelEntry } from './offline-table.js';

/** Says why a model could not be kept, and what to do. */
export async function whyNotKept({ name, bytes }: ModelEntry, error: unknown): Promise<string> {
  const works = 'It works until this page is closed.';
  if (!(error instanceof DOMException && error.name === 'QuotaExceededError')) {
    return `${name} could not be kept on this device: ${(error as Error).message} ${works}`;
  }
  const { usage, quota } = await navigator.storage.estimate();
  const room =
    usage === undefined || quota === undefined
      ? ''
      : `: this browser gives the pages ${megabytes(quota)}, of which ${megabytes(usage)} are used`;
  return (
    `There is no room to keep ${name} (${megabytes(bytes)})${room}. ${works} ` +
    'Remove another model from the list, or make room on the disk, and reload the page.'
  );
}
