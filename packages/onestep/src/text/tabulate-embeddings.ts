import { quoteCaption, toFloat32, type HostTensor } from '@onestep/checkpoint';
import type { ExternalEncoderSettings } from '@onestep/diffusion-core';
import { EmbeddingTable, type EmbeddedCaption } from './embedding-table.js';
import { poolMean } from './pool-mean.js';

/** What becomes of an embedding of each token: nothing, so that it is refused, or their mean. */
export type TextPooling = 'mean';

/** The contents of a file of embeddings. */
export interface Embeddings {
  /** [P, E], or [P, L, E] for each token, of floating-point numbers. */
  embeddings: HostTensor;
  /** [P, L], 0 for padding; all 1 if left out. */
  mask?: HostTensor;
  /** The prompts, P of them. */
  prompts: readonly string[];
  /** Where the prompts are, for messages. */
  promptSource: string;
  /** Name of the text encoder; left out, that of the file. */
  encoder?: string;
}

const FLOATS = ['F64', 'F32', 'F16', 'BF16'];

/**
 * Makes an encoder of embeddings that were made before.
 *
 * @param about the file's name, and the SHA-256 of what it consists of
 * @throws RangeError naming the file and what is wrong with it: shape, type, NaN, number of prompts, differing embeddings of a prompt
 */
export function tabulateEmbeddings(
  { embeddings, mask, prompts, promptSource, encoder }: Embeddings,
  { source, digest, pooling }: { source: string; digest: string; pooling?: TextPooling },
): EmbeddingTable {
  const { shape } = embeddings;
  const type = embeddings.dtype ?? (embeddings.data instanceof Float32Array ? 'F32' : 'F64');
  const fail = (what: string): never => {
    throw new RangeError(`${source}: ${what}.`);
  };
  if (!FLOATS.includes(type)) fail(`the embeddings are of type ${type}; save them as float32 or float16`);
  if (shape.length !== 2 && shape.length !== 3) {
    fail(`the embeddings have shape [${shape.join(', ')}], expected [P, E]: a row of E numbers for each of P prompts`);
  }
  if (shape.some((length) => length === 0)) fail(`the embeddings have shape [${shape.join(', ')}]: there are none`);
  if (shape.length === 3 && pooling !== 'mean') {
    fail(
      `the embeddings have shape [${shape.join(', ')}], one for each token, and networks here take one for each prompt, ` +
        '[P, E]. Save those that the text encoder pools, or give the pooling "mean" for the mean over the tokens',
    );
  }
  if (prompts.length !== shape[0]) {
    fail(`there are embeddings of ${shape[0]} prompts, and ${promptSource} has ${prompts.length}`);
  }
  const numbers = toFloat32(embeddings);
  const size = shape.at(-1)!;
  const values =
    shape.length === 2 ? numbers : poolMean(numbers, shape as [number, number, number], maskOf(mask, shape, fail));
  const embedded = prompts.map((prompt, i): EmbeddedCaption => {
    const row = values.subarray(i * size, (i + 1) * size);
    const wrong = row.findIndex((value) => !Number.isFinite(value));
    if (wrong !== -1) fail(`number ${wrong} of the embedding of ${quoteCaption(prompt)} (row ${i}) is ${row[wrong]}`);
    return [prompt, row];
  });
  const name = encoder === undefined ? { name: fileName(source) } : { name: encoder, isNamed: true as const };
  const settings: ExternalEncoderSettings = { type: 'embeddings', ...name, size, digest, scale: 1 };
  return new EmbeddingTable(settings, embedded, source);
}

function maskOf(mask: HostTensor | undefined, shape: readonly number[], fail: (what: string) => never): Float32Array {
  const [prompts, tokens] = shape as [number, number, number];
  if (mask === undefined) return new Float32Array(prompts * tokens).fill(1);
  if (mask.shape.join() !== `${prompts},${tokens}`) {
    fail(`the mask has shape [${mask.shape.join(', ')}], expected [${prompts}, ${tokens}]`);
  }
  return toFloat32(mask);
}

/** The name of a file, without its folder. */
export function fileName(path: string): string {
  return path.replace(/^.*[/\\]/, '');
}
