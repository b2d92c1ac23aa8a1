import { join } from 'node:path';
import { parseJson, plainCaption } from '@onestep/checkpoint';
import { lookAt, readRegularFile } from '@onestep/checkpoint/node';
import { parseCaptionsByName } from './captions.js';
import { readKind } from './files/file-kind.js';
import { decodeText } from './files/text.js';
import { openImageStore } from './image-store.js';
import { findCaptionColumn, listCaptions } from './sources/captions/caption-columns.js';

/** Endings of files whose lines are not prompts, though they are text. */
const TABLES = /\.(csv|tsv|json)$/i;

/**
 * Reads prompts: a text file with one per line, JSON lines with `caption`, `text` or `prompt`, or a data set, whose captions they
 * are. Recognized by the contents. Empty lines, and images without a caption, are left out; a prompt that occurs several times is
 * there as often.
 *
 * @param path text in UTF-8, or in UTF-16 with a byte order mark
 * @returns at least one, in the order of the file, in the form of captions: one line, composed accents
 * @throws if there are none, or the file is of another kind, naming the file and the line
 */
export async function readPrompts(path: string): Promise<string[]> {
  const isDataset = lookAt(path)?.isDirectory() === true || readKind(path) === 'zip';
  const prompts = isDataset ? await captionsOfDataset(path) : promptsOfText(path);
  if (prompts.length > 0) return prompts;
  throw new Error(
    isDataset
      ? `${path} has no captions: give a data set with captions, or a text file with one prompt per line.`
      : `${path} has no prompts: write one per line.`,
  );
}

async function captionsOfDataset(path: string): Promise<string[]> {
  const store = await openImageStore(path);
  try {
    if (!store.has('dataset.json')) {
      const other = store.has('metadata.jsonl') ? `, or ${join(path, 'metadata.jsonl')}` : '';
      throw new Error(
        `${path} is not a data set with captions: it has no dataset.json. Give a data set, or a text file with one prompt per line${other}.`,
      );
    }
    const captions = parseCaptionsByName(decodeText(store.read('dataset.json')), `${path}, dataset.json`);
    return [...(captions?.values() ?? [])].filter((caption) => caption !== '');
  } finally {
    store.close();
  }
}

function promptsOfText(path: string): string[] {
  const ending = TABLES.exec(path)?.[1]?.toLowerCase();
  if (ending !== undefined) {
    throw new Error(
      `${path} is not a list of prompts, but .${ending}: write one prompt per line, or a JSON object per line (.jsonl).`,
    );
  }
  const lines = decodePrompts(readRegularFile(path), path).split(/\r\n|[\n\r\u2028\u2029]/);
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const read = /\.(jsonl|ndjson)$/i.test(path) || isJsonObject(first) ? promptOfJson : plainCaption;
  return lines
    .map((line, i) => (line.trim() === '' ? '' : read(line, `${path}: line ${i + 1}`)))
    .filter((prompt) => prompt !== '');
}

/** @throws if the bytes are not text */
function decodePrompts(bytes: Uint8Array, path: string): string {
  const text = decodeText(bytes);
  if (text.includes('\0')) {
    throw new Error(`${path} is not text in UTF-8, which prompts have to be: it has zero bytes. Save it as UTF-8.`);
  }
  const broken = text.split('\n').findIndex((line) => line.includes('\uFFFD'));
  if (broken === -1) return text;
  throw new Error(`${path}: line ${broken + 1} has characters that are not UTF-8. Save the file as UTF-8.`);
}

function isJsonObject(line: string): boolean {
  if (!line.trimStart().startsWith('{')) return false;
  try {
    return typeof parseJson(line) === 'object';
  } catch {
    return false;
  }
}

/** @param place the file and the line, for messages */
function promptOfJson(line: string, place: string): string {
  let row: unknown;
  try {
    row = parseJson(line);
  } catch (error) {
    throw new Error(`${place} is not valid JSON (${(error as Error).message}).`, { cause: error });
  }
  if (typeof row === 'string') return plainCaption(row);
  const keys = Object.keys(Object(row) as object);
  const key = findCaptionColumn(keys);
  if (key !== null) return plainCaption(listCaptions((row as Record<string, unknown>)[key])[0] ?? '');
  const found = keys.length === 0 ? 'nothing' : keys.join(', ');
  throw new Error(`${place} has ${found}, and no "caption", "text" or "prompt".`);
}
