import { Rng } from '@onestep/random';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  captionEncoder,
  describeInvalidLabels,
  encodeCaptions,
  encodePrompts,
  hasClasses,
  LabelPrior,
  settleTrainingLabels,
  WordEncoder,
  type ImageBatch,
  type TrainingLabels,
} from '../src/index.js';

const CAPTIONS = ['a red star and a blue ring', 'a blue star on white', 'a red ring', 'a white star and a red ring'];
const encoder = WordEncoder.fromCaptions(CAPTIONS, { buckets: 16, slots: 2 });
const labels: TrainingLabels = { kind: 'captions', encoder: encoder.settings, captions: CAPTIONS };
const network = { labelDim: encoder.dim, labels };
const bag = WordEncoder.fromCaptions(CAPTIONS, { buckets: 16, slots: 0 });

describe('WordEncoder', () => {
  it('has the words that occur twice, in the order of the alphabet', () => {
    expect(encoder.settings.words).toEqual(['a', 'and', 'blue', 'red', 'ring', 'star', 'white']);
    // The whole, two things and the ground.
    expect(encoder.dim).toBe((7 + 16) * 4);
    expect(() => WordEncoder.fromCaptions(['once'])).toThrow(/No word of the captions occurs 2 times/);
  });

  it('a bag of words cannot tell which thing has which color; slots can', () => {
    const [one, other] = ['a red star and a blue ring', 'a blue star and a red ring'];
    expect(bag.encode(one)).toEqual(bag.encode(other));
    expect(encoder.encode(one)).not.toEqual(encoder.encode(other));
    const part = (row: Float32Array, slot: number) =>
      [...row.slice(23 * (slot + 1), 23 * (slot + 1) + 7)].map(Math.sign);
    // a and blue red ring star white
    expect(part(encoder.encode(one), 0)).toEqual([1, 0, 0, 1, 0, 1, 0]);
    expect(part(encoder.encode(one), 1)).toEqual([1, 1, 1, 0, 1, 0, 0]);
  });

  it('where a thing is belongs to its part of the caption', () => {
    const near = (caption: string) => encoder.encode(caption).slice(23);
    expect(near('a red star on the white')).not.toEqual(near('a red star on white'));
    expect(near('a red star in the white')[6]).toBeGreaterThan(0);
  });

  it('the ground has a slot of its own, wherever it is said; "a picture of" and "there is" take none', () => {
    const slot = (caption: string, k: number) => encoder.encode(caption).slice(23 * (k + 1), 23 * (k + 2));
    const [first, second, ground] = [0, 1, 2];
    const same = 'a red star and a blue ring on white';
    expect(slot('a blue ring on white', ground)).toEqual(slot(same, ground));
    expect(slot('on white, a red star', first)).toEqual(slot('a red star', first));
    expect(slot('a blue ring with a white background', ground)[6]).toBeGreaterThan(0);
    expect(slot('a picture of a red star', first)).toEqual(slot('a red star', first));
    expect(slot('there is a red star', first)).toEqual(slot('a red star', first));
    expect(slot('a photo of a ring, a red star', second)).toEqual(slot('a blue ring, a red star', second));
    expect(slot('a red star on the blue', ground)).toEqual(new Float32Array(23));
    expect(
      ['a red star, a ring', same, 'a picture of a red star and a ring'].some((c) => encoder.exceedsSlots(c)),
    ).toBe(false);
    expect(encoder.exceedsSlots('a star, a ring, a blue star')).toBe(true);
  });

  it('a file without a slot for the ground numbers all parts, as it did when it was written', () => {
    const { ground: _, ...settings } = encoder.settings;
    const old = new WordEncoder(settings);
    expect(old.dim).toBe(23 * 3);
    expect(old.encode('a red star on white').slice(23 * 2)[6]).toBeGreaterThan(0);
    expect(old.encode('a picture of a red star').slice(23 * 2)[5]).toBeGreaterThan(0);
    expect(old.exceedsSlots('a red star and a ring on white')).toBe(true);
  });

  it('an unseen word is like those that are written like it', () => {
    const cosine = (a: string, b: string) => {
      const [x, y] = [encoder.encode(a), encoder.encode(b)];
      const dot = (p: Float32Array, q: Float32Array) => p.reduce((sum, value, i) => sum + value * q[i]!, 0);
      return dot(x, y) / Math.sqrt(dot(x, x) * dot(y, y));
    };
    expect(encoder.unknownWords('whitest star, star')).toEqual(['whitest']);
    expect(cosine('whitest', 'white')).toBeGreaterThan(cosine('whitest', 'blue') + 0.1);
  });

  it('capital letters, spaces and punctuation make no difference; the order of parts does not exceed the slots', () => {
    expect(encoder.encode('  A Red STAR.\n')).toEqual(encoder.encode('a red star'));
    expect(encoder.encode('')).toEqual(new Float32Array(encoder.dim));
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (caption) => {
        const row = encoder.encode(caption);
        expect(row).toHaveLength(encoder.dim);
        expect(row.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('is the same after it was stored', () => {
    const stored = new WordEncoder(JSON.parse(JSON.stringify(encoder.settings)) as typeof encoder.settings);
    for (const caption of CAPTIONS) expect(stored.encode(caption)).toEqual(encoder.encode(caption));
  });
});

describe('captions as labels', () => {
  it.each<[unknown, RegExp | null]>([
    [labels, null],
    [{ ...labels, captions: undefined }, null],
    [{ kind: 'captions' }, /whose encoder is of the type undefined, not one of words, embeddings, onnx, program/],
    [
      { ...labels, encoder: { ...encoder.settings, words: ['a', 'a'] } },
      /a vocabulary that is not a list of different words/,
    ],
    [{ ...labels, encoder: { ...encoder.settings, slots: 1 } }, /makes 69 numbers, and the network takes 92/],
    [{ ...labels, encoder: { ...encoder.settings, weight: NaN } }, /has the weight null/],
    [{ ...labels, captions: [] }, /captions that are not a list of texts/],
    [{ kind: 'classes', encoder: encoder.settings }, /have an encoder, and are not captions/],
    [{ kind: 'text' }, /of the kind "text", which is not classes, vectors or captions/],
  ])('checks %#', (value, problem) => {
    const found = describeInvalidLabels(value, encoder.dim);
    if (problem === null) expect(found).toBeNull();
    else expect(found).toMatch(problem);
  });

  it('are drawn among those that occurred', () => {
    const prior = new LabelPrior(network);
    const drawn = prior.draw(new Rng(1), 200);
    expect(new Set(drawn).size).toBe(CAPTIONS.length);
    const rows = prior.vectors(drawn.subarray(0, 2));
    expect(rows.slice(encoder.dim)).toEqual(encoder.encode(CAPTIONS[drawn[1]!]!));
    const without = { labelDim: encoder.dim, labels: { ...labels, captions: undefined } };
    expect(() => new LabelPrior(without)).toThrow(/takes captions, and its file has none to draw from/);
  });

  it('are no classes, and no vectors', () => {
    expect(hasClasses(network)).toBe(false);
    expect(() => settleTrainingLabels(network, { classProbabilities: [1, 2] })).toThrow(
      /this network takes captions, not classes/,
    );
  });

  it('prompts are encoded, and refused by other networks', () => {
    expect(encodePrompts(network, ['a red ring', ''])).toEqual(
      Float32Array.from([...encoder.encode('a red ring'), ...new Float32Array(encoder.dim)]),
    );
    expect(() => encodePrompts(network, ['?!'])).toThrow(
      /knows no word of the prompt "\?!"\. Its vocabulary: a, and, blue/,
    );
    expect(() => captionEncoder({ labelDim: 0 }, 'x')).toThrow(/The prompt "x" .*unconditional/);
    expect(() => captionEncoder({ labelDim: 10 })).toThrow(/takes 10 classes, not captions/);
  });

  it('batches get a row for each caption; none is the null label', async () => {
    const batch: ImageBatch & { captions: string[] } = {
      images: new Uint8Array(2),
      labels: null,
      count: 2,
      captions: ['a red ring', ''],
    };
    const source = { next: () => Promise.resolve(batch), state: () => 7, restore: () => undefined };
    const encoded = encodeCaptions(source, encoder);
    const { labels: rows } = await encoded.next();
    expect(rows!.slice(0, encoder.dim)).toEqual(encoder.encode('a red ring'));
    expect(rows!.slice(encoder.dim)).toEqual(new Float32Array(encoder.dim));
    expect(encoded.state()).toBe(7);
    const bare = { ...source, next: () => Promise.resolve({ images: new Uint8Array(2), labels: null, count: 2 }) };
    await expect(encodeCaptions(bare, encoder).next()).rejects.toThrow(/no captions/);
  });
});
