import { join } from 'node:path';
import { parseJson, plainCaption } from '@onestep/checkpoint';
import { lookAt, readRegularFile } from '@onestep/checkpoint/node';
import { parseCaptionsByName } from './captions.js';
import { readKind } from './files/file-kind.js';
import { decodeText } from './files/text.js';
import { openImageStore } from './image-store.js';
import { findCaptionColumn, listCaptions } from './sources/captions/caption-columns.js';
import { parseCsv } from './sources/csv.js';

/** Endings of tables with a prompt in each row. */
const TABLE = /\.(csv|tsv)$/i;

/**
 * Reads prompts: a text file with one per line; JSON lines, a JSON list, or a table (`.csv`, `.tsv`) with `caption`, `text` or
 * `prompt`; or a data set, whose captions they are. But for tables, the contents tell. Empty lines, and images without a caption,
 * are left out; a prompt that occurs several times is there as often.
 *
 * @param path text in UTF-8, or in UTF-16 with a byte order mark
 * @returns at least one, in the order of the file, in the form of captions: one line, composed accents
 * @throws if there are none, or the file is of another kind, naming the file and the line
 */
export async function readPrompts(path: string): Promise<string[]> {
  const found = lookAt(path);
  if (found === null) {
    throw new Error(`${path} does not exist. Give a text file with one prompt per line, or a data set with captions.`);
  }
  const isDataset = found.isDirectory() || readKind(path) === 'zip';
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
  const text = decodePrompts(readRegularFile(path), path);
  if (TABLE.test(path)) return promptsOfTable(text, path);
  const list = parseList(text, path);
  if (list !== null) {
    return list.map((row, i) => promptOfRow(row, `${path}: entry ${i + 1}`)).filter((prompt) => prompt !== '');
  }
  const lines = text.split(/\r\n|[\n\r\u2028\u2029]/);
  const first = lines.find((line) => line.trim() !== '') ?? '';
  const read = /\.(jsonl|ndjson)$/i.test(path) || isJsonObject(first) ? promptOfJson : plainCaption;
  return lines
    .map((line, i) => (line.trim() === '' ? '' : read(line, `${path}: line ${i + 1}`)))
    .filter((prompt) => prompt !== '');
}

/** @throws if no column has prompts, listing those that there are */
function promptsOfTable(text: string, path: string): string[] {
  const rows = parseCsv(text);
  const columns = Object.keys(rows[0] ?? {});
  const column = findCaptionColumn(columns);
  if (column === null && rows.length > 0) {
    throw new Error(
      `${path} has the columns ${columns.join(', ')}, and no "caption", "text" or "prompt". Rename the one with the prompts, or ` +
        'write one prompt per line into a text file (.txt).',
    );
  }
  return rows.map((row) => plainCaption(row[column!] ?? '')).filter((prompt) => prompt !== '');
}

/** A JSON list, which the file has to be where its name says so; null for other text. A prompt may begin with a bracket, too. */
function parseList(text: string, path: string): unknown[] | null {
  const isJson = /\.json$/i.test(path);
  if (!isJson && !text.trimStart().startsWith('[')) return null;
  let list: unknown;
  try {
    list = parseJson(text);
  } catch (error) {
    if (!isJson) return null;
    throw new Error(`${path} is not valid JSON (${(error as Error).message}).`, { cause: error });
  }
  if (Array.isArray(list)) return list;
  throw new Error(`${path} is not a JSON list of prompts, such as ["a red star", "a blue ring"].`);
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
  return promptOfRow(row, place);
}

function promptOfRow(row: unknown, place: string): string {
  if (typeof row === 'string') return plainCaption(row);
  const keys = Object.keys(Object(row) as object);
  const key = findCaptionColumn(keys);
  if (key !== null) return plainCaption(listCaptions((row as Record<string, unknown>)[key])[0] ?? '');
  const found = keys.length === 0 ? 'nothing' : keys.join(', ');
  throw new Error(`${place} has ${found}, and no "caption", "text" or "prompt".`);
}
