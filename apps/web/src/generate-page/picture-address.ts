import type { ImageRequest } from '../generation/calls.js';
import { keepSettings, setting } from '../page/address.js';

/**
 * Writes what chooses a picture into the page's address.
 *
 * @param caption that its label was made of; null for a network without captions
 */
export function keepRequest(request: ImageRequest, caption: string | null): void {
  keepSettings({
    seed: request.seed,
    class: request.classIndex ?? null,
    label: caption === null ? (request.label?.join(',') ?? null) : null,
    prompt: caption,
    steps: request.steps === 1 ? null : request.steps!,
    guidance: request.guidance ?? null,
    psi: request.synthesis?.psi ?? null,
    noise: request.synthesis?.noise === 'random' ? 'random' : null,
  });
}

/** The class in the page's address, by number or name; undefined if there is none. */
export function classOfAddress(classNames: readonly string[]): number | undefined {
  const text = setting('class')?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text) && Number(text) < classNames.length) return Number(text);
  const named = classNames.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  return named === -1 ? undefined : named;
}

/** @returns null for what is not a seed */
export function parseSeed(text: string | null): number | null {
  return text !== null && /^\d{1,15}$/.test(text.trim()) ? Number(text) : null;
}
