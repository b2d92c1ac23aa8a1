import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openOnnx } from '@onestep/backends/onnx';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  clipScoreOf,
  EncoderExtractor,
  ENCODER_PRESETS,
  measureClipScore,
  parsePreprocessorConfig,
  type TextRows,
} from '../src/index.js';

/** The files of clip.py. */
const file = (name: string) => fileURLToPath(new URL(`data/clip/${name}`, import.meta.url));
const readJson = async (name: string) => JSON.parse(await readFile(file(name), 'utf8')) as unknown;

interface Scores {
  images: { width: number; height: number; data: string; caption: string }[];
  imageEmbeds: number[];
  textEmbeds: number[];
  scores: number[];
  mean: number;
}

const DIM = 12;
let expected: Scores;
let imageEncoder: EncoderExtractor;
let textEncoder: TextRows;
beforeAll(async () => {
  expected = (await readJson('scores.json')) as Scores;
  const settings = parsePreprocessorConfig(await readJson('preprocessor_config.json'), 'tiny', 'config');
  const model = await openOnnx(file('vision.onnx'));
  imageEncoder = await EncoderExtractor.open({ model, settings, checksum: '0123456789', source: 'vision.onnx' });
  const rowOf = new Map(
    expected.images.map(({ caption }, i) => [
      caption,
      Float32Array.from(expected.textEmbeds.slice(i * DIM, (i + 1) * DIM)),
    ]),
  );
  textEncoder = { dim: DIM, rows: async (captions) => captions.map((caption) => rowOf.get(caption)!) };
});

const pairs = () =>
  expected.images.map(({ width, height, data, caption }) => ({
    image: { width, height, channels: 3, data: Uint8Array.from(Buffer.from(data, 'base64')) },
    caption,
  }));

describe('the CLIP score', () => {
  it('is that of PyTorch with the same pair of encoders, for images of any size', async () => {
    const { score, scores, numPairs, standardError } = await measureClipScore({
      imageEncoder,
      textEncoder,
      pairs: pairs(),
    });
    expect(numPairs).toBe(3);
    for (const [i, value] of expected.scores.entries()) expect(scores[i]).toBeCloseTo(value, 3);
    expect(Math.abs(score / expected.mean - 1)).toBeLessThan(1e-4);
    expect(standardError).toBeGreaterThan(0);
  });

  it('is the same of embeddings that were made before', () => {
    const [images, texts] = [expected.imageEmbeds, expected.textEmbeds].map((list) => Float32Array.from(list));
    expect(clipScoreOf(images!, texts!, DIM).score).toBeCloseTo(expected.mean, 3);
  });

  it('is 100 for equal directions, 0 for opposite ones, and does not depend on lengths', () => {
    const vector = fc.array(fc.float({ min: -2, max: 2, noNaN: true, noDefaultInfinity: true }), {
      minLength: 4,
      maxLength: 4,
    });
    const isLong = (values: number[]) => Math.hypot(...values) > 0.1;
    fc.assert(
      fc.property(vector.filter(isLong), fc.float({ min: 0.5, max: 8, noNaN: true }), (values, factor) => {
        const a = Float32Array.from(values);
        const b = a.map((value) => value * factor);
        expect(clipScoreOf(a, b, 4).score).toBeCloseTo(100, 3);
        expect(
          clipScoreOf(
            a,
            b.map((value) => -value),
            4,
          ).score,
        ).toBe(0);
      }),
    );
  });

  it('refuses embeddings that do not belong together', async () => {
    const other = { dim: 5, rows: textEncoder.rows };
    const measure = measureClipScore({ imageEncoder, textEncoder: other, pairs: pairs() });
    await expect(measure).rejects.toThrow(/images have 12 numbers \(tiny@01234567\), and those of captions 5/);
    const short = {
      dim: DIM,
      rows: async (captions: readonly string[]) => (await textEncoder.rows(captions)).slice(1),
    };
    await expect(measureClipScore({ imageEncoder, textEncoder: short, pairs: pairs() })).rejects.toThrow(
      /returned 2 embeddings for 3 captions/,
    );
    await expect(measureClipScore({ imageEncoder, textEncoder, pairs: [] })).rejects.toThrow(/no images with captions/);
    expect(() => clipScoreOf(new Float32Array(4), new Float32Array(4), 4)).toThrow(/pair 0.*no direction/);
    expect(() => clipScoreOf(new Float32Array(8), new Float32Array(4), 4)).toThrow(
      /2 embeddings of images and 1 of captions/,
    );
  });
});

describe('preprocessor_config.json', () => {
  const clip = { size: 224, crop_size: 224, do_center_crop: true, resample: 3, image_mean: [0.48145466, 0.4578275, 0.40821073], image_std: [0.26862954, 0.26130258, 0.27577711] }; // prettier-ignore

  it('of CLIP, old and new, is the preset of CLIP; of SigLIP it stretches', () => {
    const preset = { ...ENCODER_PRESETS['clip-clean-fid'], name: 'clip' };
    const newer = {
      ...clip,
      size: { shortest_edge: 224 },
      crop_size: { height: 224, width: 224 },
      rescale_factor: 0.00392156862745098,
    };
    for (const config of [clip, newer]) expect(parsePreprocessorConfig(config, 'clip', 'c.json')).toEqual(preset);
    const siglip = {
      size: { height: 64, width: 64 },
      resample: 3,
      image_mean: [0.5, 0.5, 0.5],
      image_std: [0.5, 0.5, 0.5],
    };
    expect(parsePreprocessorConfig(siglip, 'siglip', 'c.json')).toMatchObject({ input: 64, fit: 'stretch' });
  });

  it.each([
    [
      { ...clip, size: { shortest_edge: 256 } },
      /c.json: the shorter side becomes 256 and the middle of 224 is cut out/,
    ],
    [{ ...clip, size: { height: 256, width: 256 } }, /images become 256x256 and the middle of 224 is cut out/],
    [{ ...clip, size: { shortest_edge: 224 }, do_center_crop: false }, /becomes 224 and nothing is cut out/],
    [{ ...clip, crop_size: undefined }, /crop_size is missing/],
    [{ ...clip, resample: 2 }, /resample is 2/],
    [{ ...clip, do_rescale: false }, /does not divide pixels by 255/],
    [{ ...clip, image_std: [1, 1] }, /image_std is not three numbers/],
    [{ ...clip, size: undefined }, /size is missing/],
    [[], /not a JSON object/],
  ])('is refused where it asks for something else', (config, message) =>
    expect(() => parsePreprocessorConfig(config, 'x', 'c.json')).toThrow(message),
  );
});
