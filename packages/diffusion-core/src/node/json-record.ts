import { parseJson } from '@onestep/checkpoint';

/** An object of JSON. */
export type JsonRecord = Record<string, unknown>;

/** Whether a value is an object of JSON, and neither null nor a list. */
export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns null if the text is not an object of JSON */
export function parseRecord(text: string): JsonRecord | null {
  try {
    const value = parseJson(text);
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
