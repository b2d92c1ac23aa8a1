import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSafetensors } from '@onestep/checkpoint/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  captionLabels,
  fitEncoder,
  loadGenerator,
  loadTeacher,
  programEncoder,
  scaleEncoder,
  unitScale,
} from '../src/index.js';
import { encodeAll, openTextEncoder } from '../src/node/index.js';
import { CaptionTokenizer } from '../src/node/text/caption-tokenizer.js';
import { tinyTeacher } from './support/tiny-networks.js';

const data = fileURLToPath(new URL('data/text-encoders/', import.meta.url));
const readJson = (...names: string[]) => JSON.parse(readFileSync(join(data, ...names), 'utf8')) as unknown;
const embeddingsOf = (name: string) => readJson(name, 'embeddings.json') as { captions: string[]; rows: number[][] };
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'onestep-text-'));
  process.env.ONESTEP_CACHE_DIR = join(folder, 'cache');
});
afterAll(() => {
  delete process.env.ONESTEP_CACHE_DIR;
  rmSync(folder, { recursive: true });
});

const largestDifference = (rows: readonly ArrayLike<number>[], expected: readonly number[][]) =>
  Math.max(...expected.map((row, i) => Math.max(...row.map((value, j) => Math.abs(value - rows[i]![j]!)))));

describe('a text encoder of ONNX', () => {
  it.each(['clip', 'bert', 't5'])("splits texts as Python's tokenizers does: %s", async (name) => {
    const tokenizer = await CaptionTokenizer.open(join(data, name, 'tokenizer.json'));
    const expected = readJson(name, 'tokens.json') as {
      text: string;
      ids: number[];
      mask: number[];
      types: number[];
    }[];
    expect(expected.length).toBeGreaterThan(100);
    const differing = expected.filter(
      ({ text, ...wanted }) => JSON.stringify(tokenizer.encode(text)) !== JSON.stringify(wanted),
    );
    expect(differing.map(({ text, ids }) => [text, ids, tokenizer.encode(text).ids])).toEqual([]);
  });

  it.each([
    ['clip', 8],
    ['bert', 16],
  ])("makes PyTorch's embeddings: %s", async (name, size) => {
    const encoder = await openTextEncoder(join(data, name));
    expect(encoder.settings).toMatchObject({ type: 'onnx', name, size });
    const { captions, rows } = embeddingsOf(name);
    expect(largestDifference(await encoder.rows(captions), rows)).toBeLessThan(1e-5);
    const [alone] = await encoder.rows([captions[1]!]);
    expect(alone).toEqual((await encoder.rows(captions))[1]);
    expect(await encoder.rows(['  '])).toEqual([new Float32Array(size)]);
  });

  it('takes the mean over the tokens where that is asked for, and says which model or tokenizer is missing', async () => {
    const mean = await openTextEncoder(join(data, 'clip', 'model.onnx'), { pooling: 'mean' });
    expect(mean.dim).toBe(16);
    expect(mean.settings).not.toEqual((await openTextEncoder(join(data, 'clip', 'model.onnx'))).settings);
    await expect(openTextEncoder(join(data, 't5'))).rejects.toThrow(/t5 has no ONNX file/);
    const alone = place('alone', 'model.onnx');
    copyFileSync(join(data, 'bert', 'model.onnx'), alone);
    await expect(openTextEncoder(alone)).rejects.toThrow(/needs its tokenizer: put tokenizer.json next to it/);
    writeFileSync(place('alone', 'tokenizer.json'), '{"model": {}}');
    await expect(openTextEncoder(alone)).rejects.toThrow(/tokenizer.json is not a tokenizer of Hugging Face/);
  });

  it('encodes the captions of a data set once', async () => {
    const encoder = await openTextEncoder(join(data, 'bert'));
    const { captions } = embeddingsOf('bert');
    const seen: number[] = [];
    const table = await encodeAll(encoder, captions, { onProgress: (done) => seen.push(done) });
    expect(seen.at(-1)).toBe(new Set(captions).size);
    const stopped = {
      ...encoder,
      settings: encoder.settings,
      dim: encoder.dim,
      rows: () => Promise.reject(new Error('again')),
    };
    const again = await encodeAll(stopped, captions);
    expect(await again.rows(captions)).toEqual(await table.rows(captions));
    expect(await again.rows(captions)).toEqual(await encoder.rows(captions));
    // A damaged file is made again.
    const cache = join(folder, 'cache', 'text-embeddings');
    const [file] = readdirSync(cache);
    writeFileSync(join(cache, file!), readFileSync(join(cache, file!)).subarray(0, 200));
    await expect(encodeAll(stopped, captions)).rejects.toThrow('again');
  });
});

/** A path in a folder of its own. */
function place(name: string, file: string): string {
  mkdirSync(join(folder, name), { recursive: true });
  return join(folder, name, file);
}

/** Writes a file of embeddings in safetensors. */
async function writeEmbeddings(
  name: string,
  rows: readonly (readonly number[])[],
  prompts: readonly string[] | string,
  { tensor = 'embeddings', encoder }: { tensor?: string; encoder?: string } = {},
): Promise<string> {
  const path = place(name, 'embeddings.safetensors');
  const data = Float32Array.from(rows.flat());
  const stated: Record<string, string> = typeof prompts === 'string' ? {} : { prompts: JSON.stringify(prompts) };
  if (typeof prompts === 'string') writeFileSync(place(name, 'prompts.txt'), prompts);
  const metadata = { ...stated, ...(encoder !== undefined && { encoder }) };
  await writeSafetensors(path, { tensors: { [tensor]: { shape: [rows.length, rows[0]!.length], data } }, metadata });
  return path;
}

const ROWS = [
  [1, 0, 2],
  [0, -1, 0.5],
];
const PROMPTS = ['a red star', 'a blue ring'];

describe('a file of embeddings', () => {
  it.each([
    ['in the file', PROMPTS, {}],
    ['in a text next to it', 'a red star\r\na blue ring\r\n', {}],
    ['of a tensor of any name', PROMPTS, { tensor: 'text_embeds' }],
  ])('has its prompts %s', async (name, prompts, options) => {
    const encoder = await openTextEncoder(await writeEmbeddings(name, ROWS, prompts, options));
    expect(encoder.dim).toBe(3);
    const rows = await encoder.rows(['  a blue\tring ', '', 'a red star']);
    expect(rows.map((row) => [...row])).toEqual([ROWS[1], [0, 0, 0], ROWS[0]]);
    expect([encoder.knows!('a blue ring'), encoder.knows!('a ring')]).toEqual([true, false]);
  });

  it('of NumPy: compressed, in half precision, with texts; or numbers alone', async () => {
    const { captions, rows } = embeddingsOf('clip');
    const half = await openTextEncoder(join(data, 'half.npz'));
    expect(half.settings).toMatchObject({ type: 'embeddings', name: 'tiny-clip', isNamed: true, size: 8 });
    const difference = largestDifference(await half.rows(captions), rows);
    expect(difference).toBeGreaterThan(0);
    expect(difference).toBeLessThan(2e-3);
    const plain = await openTextEncoder(join(data, 'plain.npy'));
    expect(await plain.rows(['a blue ring'])).toEqual([Float32Array.of(3, 4)]);
    expect(plain.settings).toMatchObject({ name: 'plain.npy' });
  });

  it('in bfloat16', async () => {
    const path = place('bfloat16', 'e.safetensors');
    const data = Uint16Array.of(0x3f80, 0xc040);
    const embeddings = { shape: [1, 2], data, dtype: 'BF16' as const };
    await writeSafetensors(path, { tensors: { embeddings }, metadata: { prompts: '["x"]' } });
    expect(await (await openTextEncoder(path)).rows(['x'])).toEqual([Float32Array.of(1, -3)]);
  });

  it('of tokens is refused, or its mean is taken without padding', async () => {
    const path = join(data, 'tokens.npz');
    await expect(openTextEncoder(path)).rejects.toThrow(/shape \[2, 3, 4\], one for each token.*pooling "mean"/);
    const encoder = await openTextEncoder(path, { pooling: 'mean' });
    expect((await encoder.rows(['one', 'two'])).map((row) => [...row])).toEqual([
      [2, 3, 4, 5],
      [12, 13, 14, 15],
    ]);
  });

  it('with a prompt twice keeps it once, and not with two embeddings', async () => {
    const twice = await writeEmbeddings('twice', [ROWS[0]!, ROWS[0]!], ['x', 'x ']);
    expect(await (await openTextEncoder(twice)).rows(['x'])).toEqual([Float32Array.from(ROWS[0]!)]);
    const two = await writeEmbeddings('two', ROWS, ['x', 'x']);
    await expect(openTextEncoder(two)).rejects.toThrow(/two different embeddings of "x"/);
  });

  it.each<[string, () => string | Promise<string>, RegExp]>([
    [
      'another number of prompts',
      () => writeEmbeddings('count', ROWS, ['x']),
      /embeddings of 2 prompts, and its list of prompts has 1/,
    ],
    ['lines', () => writeEmbeddings('lines', ROWS, 'x\n\ny\n'), /of 2 prompts, and .*prompts.txt has 3/],
    ['NaN', () => writeEmbeddings('nan', [[1, NaN]], ['x']), /number 1 of the embedding of "x" \(row 0\) is NaN/],
    [
      'no prompts',
      async () => {
        const path = await writeEmbeddings('none', ROWS, '');
        rmSync(place('none', 'prompts.txt'));
        return path;
      },
      /does not say which prompts its embeddings are of. Put them into embeddings.txt/,
    ],
    [
      'integers',
      async () => {
        const path = place('integers', 'e.safetensors');
        const embeddings = { shape: [1, 2], data: Int32Array.of(1, 2) };
        await writeSafetensors(path, { tensors: { embeddings }, metadata: { prompts: '["x"]' } });
        return path;
      },
      /of type I32; save them as float32/,
    ],
    [
      'Python objects',
      () => join(data, 'objects.npz'),
      /Python objects. Save texts as numpy.array\(prompts, dtype=str\)/,
    ],
    [
      'a pickle',
      () => {
        const path = place('pickle', 'e.pkl');
        writeFileSync(path, Uint8Array.of(0x80, 4, 0x4e, 0x2e));
        return path;
      },
      /is a Python pickle.*numpy\.savez\("embeddings\.npz"/,
    ],
    [
      'the tokenizer alone',
      () => {
        const path = place('alone', 'tokenizer.json');
        writeFileSync(path, '{}');
        return path;
      },
      /tokenizer\.json is a part of a text encoder: give its folder/,
    ],
    ['no file', () => join(data, 'absent.npz'), /There is no text encoder .*absent.npz/],
    ['another kind of file', () => join(data, 'plain.txt'), /plain.txt: .*safetensors/],
  ])('is refused with %s', async (_, make, message) => {
    await expect(openTextEncoder(await make())).rejects.toThrow(message);
  });

  it('names the nearest prompts of one that it does not have', async () => {
    const encoder = await openTextEncoder(await writeEmbeddings('near', ROWS, PROMPTS));
    await expect(encoder.rows(['a red ring', 'a red star'])).rejects.toThrow(
      /"a red ring" is not among the 2 prompts of .*near.*The nearest: "a red star", "a blue ring"/,
    );
    await expect(encoder.rows(['xyz', 'uvw'])).rejects.toThrow(
      /2 of 2 captions, such as "xyz", are not among the 2 prompts of [^:]*\. Add/,
    );
  });
});

describe('the encoder of a network', () => {
  const own = async (name: string, rows: number[][], encoder?: string, prompts = PROMPTS) =>
    openTextEncoder(await writeEmbeddings(name, rows, prompts, { encoder }));

  it('is the one that it was trained with, in any format', async () => {
    const trained = await own('trained', ROWS, 'tiny');
    const scaled = scaleEncoder(trained, { ...trained.settings, scale: 0.5 } as never);
    const network = { labelDim: 3, labels: await captionLabels(scaled, PROMPTS) };
    const program = programEncoder({
      name: 'anything',
      size: 3,
      encode: (texts) => texts.map((text) => ROWS[PROMPTS.indexOf(text)]!),
    });
    for (const given of [trained, program]) {
      const fitted = await fitEncoder(network, given);
      expect(await fitted.rows(['a blue ring'])).toEqual([Float32Array.of(0, -0.5, 0.25)]);
      expect(fitted.settings).toBe(network.labels.encoder);
    }
    const half = await own('almost', [[1.001, 0, 2], ROWS[1]!], 'other');
    await expect(fitEncoder(network, half)).resolves.toBeDefined();
    const more = await own('more', [[5, 5, 5]], 'tiny', ['a new prompt']);
    await expect(fitEncoder(network, more)).resolves.toBeDefined();
    await expect(fitEncoder(network, await own('unnamed', [[5, 5, 5]], undefined, ['a new prompt']))).rejects.toThrow(
      /trained with the text encoder "tiny" of 3 numbers, and textEncoder is .*"embeddings.safetensors".*no caption in common/,
    );
    await expect(fitEncoder(network, await own('another', [[1, 1, 2], ROWS[1]!], 'tiny'))).rejects.toThrow(
      /its embedding of "a red star" differs by 45 %/,
    );
    await expect(fitEncoder(network, await openTextEncoder(join(data, 'half.npz')))).rejects.toThrow(
      /"tiny" of 3 numbers, and textEncoder is the text encoder "tiny-clip" of 8 numbers: embeddings of another length/,
    );
    await expect(fitEncoder(network)).rejects.toThrow(/which is not part of its file: pass it as textEncoder/);
    await expect(fitEncoder({ labelDim: 3 }, trained)).rejects.toThrow(/takes 3 classes, not captions/);
  });

  it('makes embeddings 1 long in the root mean square', () => {
    expect(unitScale([Float32Array.of(3, 4), Float32Array.of(0, 5)])).toBe(0.2);
    expect(unitScale([new Float32Array(2)])).toBe(1);
  });

  it.each<[string, () => number[][], RegExp]>([
    ['too few', () => [], /returned 0 embeddings of 1 texts/],
    ['another length', () => [[1]], /an embedding of "x" of 1 numbers, not 2/],
    ['NaN', () => [[1, NaN]], /an embedding of "x" with a number that is not finite/],
  ])('of a program is checked: %s', async (_, encode, message) => {
    const encoder = programEncoder({ name: 'p', size: 2, encode });
    await expect(encoder.rows(['x'])).rejects.toThrow(message);
    expect(await encoder.rows([' '])).toEqual([new Float32Array(2)]);
  });

  it('makes the labels of prompts in sampling; captions of the file need none', async () => {
    const encoder = await own('sampling', ROWS, 'tiny');
    const labels = await captionLabels(encoder, [PROMPTS[0]!]);
    const teacher = await loadTeacher(await tinyTeacher({ labelDim: 3, labels }));
    expect(teacher.labels).toEqual(labels);
    const options = { seeds: [0, 1], steps: 1 };
    const [first, second] = await teacher.sample({ ...options, prompt: PROMPTS, textEncoder: encoder });
    const [stored] = await teacher.sample({ ...options, prompt: ` ${PROMPTS[0]!.replace(' ', '  ')}` });
    expect(stored).toEqual(first);
    expect(await teacher.sample({ ...options, seeds: [1], label: ROWS[1] })).toEqual([second]);
    // Labels that nobody chooses are captions of the file.
    expect((await teacher.sample(options))[0]).toEqual(first);
    await expect(teacher.sample({ ...options, prompt: 3 as never })).rejects.toThrow(
      /prompt is 3: pass a text, or a list/,
    );
    await expect(teacher.sample({ ...options, prompt: 'a red ring' })).rejects.toThrow(
      /"a red ring" has to be encoded by the text encoder "tiny".*one of the 1 captions whose embeddings the file has, such as "a red star"/,
    );
    await expect(teacher.sample({ ...options, class: 0 })).rejects.toThrow(/a prompt such as "a red star"/);
    const bytes = await tinyTeacher({ labelDim: 3, labels, generator: { initSigma: 2.5, method: 'sid' } });
    const generator = await loadGenerator(bytes);
    const images = await generator.sample({ seeds: [0], prompt: PROMPTS[1], textEncoder: encoder });
    expect(images).toEqual(await generator.sample({ seeds: [0], label: ROWS[1] }));
    for (const model of [teacher, generator]) model.dispose();
  });
});
