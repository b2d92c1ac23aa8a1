import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { decodeNpy, isSafetensors, parseJson, type HostTensor } from '@onestep/checkpoint';
import { fileSource, openNpz, openNpzTexts, openSafetensors, readRegularFile } from '@onestep/checkpoint/node';
import type { EmbeddingTable } from '../../text/embedding-table.js';
import { fileName, tabulateEmbeddings, type Embeddings, type TextPooling } from '../../text/tabulate-embeddings.js';
import { sha256OfFile } from '../content-digest.js';

/** Names of the tensors and texts of a file of embeddings. */
const EMBEDDINGS = 'embeddings';
const MASK = 'mask';
const PROMPTS = 'prompts';
const ENCODER = 'encoder';
/** The first byte of a pickle; that of a length in a safetensors file may be the same. */
const PICKLE = 0x80;

/** What a file of embeddings holds; it may lack the prompts, which are then next to it. */
interface FileContents {
  tensors: Readonly<Record<string, HostTensor>>;
  prompts?: readonly string[];
  encoder?: string;
}

/**
 * Opens a file of embeddings of prompts. It has a tensor `embeddings` [P, E], or only one, and
 *
 * - `.safetensors`: in its metadata `prompts`, a JSON list of P texts, and `encoder`, the text encoder's name;
 * - `.npz`: arrays of texts `prompts` and `encoder`;
 * - `.npy`: nothing else.
 *
 * Where the file lacks the prompts, they are next to it: in NAME.txt or `prompts.txt`, one per line, or NAME.json or
 * `prompts.json`, a list. The name of the encoder is optional.
 *
 * @param options.pooling what becomes of embeddings of each token, [P, L, E], with a tensor `mask` [P, L]; left out, they are refused
 * @throws CheckpointError or RangeError naming the file and what is wrong with it; the file system's error if it is missing
 */
export async function openEmbeddings(
  path: string,
  { pooling }: { pooling?: TextPooling } = {},
): Promise<EmbeddingTable> {
  const { tensors, prompts, encoder } = await readContents(path);
  const found = prompts === undefined ? promptsBeside(path) : { prompts, promptSource: 'its list of prompts' };
  const digest = createHash('sha256')
    .update(JSON.stringify([await sha256OfFile(path), found.prompts, pooling ?? null]))
    .digest('hex');
  const embeddings = findEmbeddings(tensors, path);
  const contents: Embeddings = { embeddings, mask: tensors[MASK], ...found, encoder };
  return tabulateEmbeddings(contents, { source: path, digest, pooling });
}

async function readContents(path: string): Promise<FileContents> {
  const start = fileSource(path).read(0, Math.min(6, fileSource(path).length));
  if (start[0] === 0x93) return { tensors: { [EMBEDDINGS]: decodeNpy(fileSource(path)) } };
  if (start[0] === 0x50 && start[1] === 0x4b) {
    const tensors = await openNpz(path).catch((error: Error) => {
      if (!error.message.includes('|O')) throw error;
      throw new RangeError(
        `${error.message.replace(/\.$/, '')}: Python objects. Save texts as numpy.array(prompts, dtype=str), and numbers as numpy.float32.`,
      );
    });
    const texts = await openNpzTexts(path);
    return { tensors, prompts: texts[PROMPTS], encoder: texts[ENCODER]?.[0] };
  }
  if (start[0] === PICKLE && !isSafetensors(fileSource(path))) {
    throw new RangeError(
      `${path} is a Python pickle, which is not read: it is a program. Save what is in it with ` +
        'numpy.savez("embeddings.npz", embeddings=rows, prompts=prompts).',
    );
  }
  const { tensors, metadata } = openSafetensors(path);
  const prompts =
    metadata[PROMPTS] === undefined ? undefined : parsePrompts(metadata[PROMPTS], `${path}, metadata prompts`);
  return { tensors, prompts, encoder: metadata[ENCODER] };
}

function findEmbeddings(tensors: Readonly<Record<string, HostTensor>>, path: string): HostTensor {
  const named = tensors[EMBEDDINGS];
  if (named !== undefined) return named;
  const others = Object.keys(tensors).filter((name) => name !== MASK);
  if (others.length === 1) return tensors[others[0]!]!;
  throw new RangeError(
    `${path} has ${others.length === 0 ? 'no tensor' : `the tensors ${others.slice(0, 5).join(', ')}`}: name the one with the ` +
      `embeddings, [P, E], "${EMBEDDINGS}".`,
  );
}

function promptsBeside(path: string): { prompts: readonly string[]; promptSource: string } {
  const stem = fileName(path).replace(/\.[^.]+$/, '');
  const names = [`${stem}.txt`, `${stem}.json`, 'prompts.txt', 'prompts.json'];
  const promptSource = names.map((name) => join(dirname(path), name)).find((file) => existsSync(file));
  if (promptSource === undefined) {
    throw new RangeError(
      `${path} does not say which prompts its embeddings are of. Put them into ${stem}.txt next to it, one per line, or into ` +
        `the file as "${PROMPTS}".`,
    );
  }
  const text = readRegularFile(promptSource)
    .toString('utf8')
    .replace(/^\uFEFF/, '');
  if (promptSource.endsWith('.json')) return { prompts: parsePrompts(text, promptSource), promptSource };
  // A line for each row: only a last one that is empty is none.
  return { prompts: text.replace(/\r?\n$/, '').split(/\r?\n/), promptSource };
}

function parsePrompts(text: string, source: string): string[] {
  let prompts: unknown;
  try {
    prompts = parseJson(text);
  } catch (error) {
    throw new RangeError(`${source} is not JSON: ${(error as Error).message}. json.dumps(prompts) writes it.`, {
      cause: error,
    });
  }
  if (Array.isArray(prompts) && prompts.every((prompt) => typeof prompt === 'string')) return prompts;
  throw new RangeError(`${source} is not a JSON list of texts, such as ["a red star", "a blue ring"].`);
}
