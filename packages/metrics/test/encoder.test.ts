import '@onestep/tfjs-backend-ort';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { exportOnnx } from '@onestep/tfjs-backend-ort';
import { openOnnx } from '@onestep/backends/onnx';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  assertDetector,
  computeReference,
  ENCODER_PRESETS,
  EncoderExtractor,
  parseEncoderSettings,
  parseMetric,
  prepareImages,
  withImageFormat,
  type EncoderSettings,
} from '../src/index.js';

const SIDE = 6;
const settings: EncoderSettings = {
  name: 'averages',
  input: SIDE,
  mean: [0.5, 0.25, 0],
  std: [0.5, 0.25, 1],
  resize: 'pillow-bicubic',
  fit: 'stretch',
  layout: 'NCHW',
  output: null,
};
/** Channel averages, and the first pixel of the red channel. */
const encode = (x: tf.Tensor4D) =>
  tf.concat([tf.mean(x, [2, 3]), tf.reshape(tf.slice(x, [0, 0, 0, 0], [-1, 1, 1, 1]), [-1, 1])], 1);

let folder: string;
let path: string;
beforeAll(async () => {
  await tf.setBackend('ort');
  folder = await mkdtemp(join(tmpdir(), 'onestep-encoder-'));
  path = join(folder, 'averages.onnx');
  await writeFile(path, exportOnnx(encode as never, { pixels: { shape: [1, 3, SIDE, SIDE] } }));
});
afterAll(() => rm(folder, { recursive: true }));

const open = async (changed: Partial<EncoderSettings> = {}, file = path) =>
  EncoderExtractor.open({
    model: await openOnnx(file),
    settings: { ...settings, ...changed },
    checksum: '0123456789abcdef',
    source: file,
  });

/** A picture of one color. */
const flat = (width: number, height: number, rgb: readonly number[]) => ({
  width,
  height,
  channels: 3,
  data: Uint8Array.from({ length: width * height * 3 }, (_, i) => rgb[i % 3]!),
});

describe('an image encoder in an ONNX file', () => {
  it('gives the features of pictures of any size, normalized as its settings say', async () => {
    const encoder = await open();
    expect(encoder).toMatchObject({ name: 'averages@01234567', featureDim: 4, numClasses: 0, imgResolution: SIDE });
    const pictures = [flat(9, 4, [255, 0, 51]), flat(6, 6, [0, 255, 102])];
    const reference = await computeReference(encoder, prepareImages(encoder, pictures), 'two');
    // (v / 255 - mean) / std of both, averaged.
    expect([...reference.mean].map((value) => Number(value.toFixed(5)))).toEqual([0, 1, 0.3, 0]);
    expect(reference).toMatchObject({ numImages: 2, detector: 'averages@01234567' });
    expect(reference.resizing).toMatch(/bicubic.*6x6/);
    const square = withImageFormat(encoder, { imgResolution: 2, imgChannels: 1 });
    const { features } = await square.extract(Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0), 2);
    expect([...features.subarray(0, 4)]).toEqual([1, 3, 1, 1]);
    expect([...features.subarray(4)]).toEqual([-1, -1, 0, -1]);
    expect(() => assertDetector(parseMetric('is50k'), encoder)).toThrow(/is50k needs class probabilities/);
  });

  it('may take channels last and one image at a time', async () => {
    const file = join(folder, 'last.onnx');
    const model = exportOnnx(
      ((x: tf.Tensor4D) => tf.mean(x, [1, 2])) as never,
      { x: { shape: [1, SIDE, SIDE, 3] } },
      { batch: 'fixed' },
    );
    await writeFile(file, model);
    const encoder = await open({ layout: 'NHWC' }, file);
    const images = Uint8Array.from([...flat(SIDE, SIDE, [255, 0, 51]).data, ...flat(SIDE, SIDE, [0, 255, 51]).data]);
    const { features } = await encoder.extract(images, 2);
    [1, -1, 0.2, -1, 3, 0.2].forEach((value, i) => expect(features[i]).toBeCloseTo(value, 5));
    await expect(open({}, file)).rejects.toThrow(/input x has shape \[1, 6, 6, 3\].*say \[N, 3, 6, 6\]/);
  });

  it('is refused if it does not fit its settings', async () => {
    await expect(open({ input: 7 })).rejects.toThrow(/averages.onnx: its input pixels has shape .*input 7/);
    await expect(open({ output: 'cls' })).rejects.toThrow(/it has the outputs output; name the one/);
    const text = join(folder, 'text.onnx');
    await writeFile(text, 'not a model');
    await expect(open({}, text)).rejects.toThrow(/text.onnx is not an ONNX model/);
  });

  it('has settings from a file or a preset', () => {
    expect(parseEncoderSettings({ like: 'dinov2-edm2' }, 'e.json')).toEqual(ENCODER_PRESETS['dinov2-edm2']);
    const own = { like: 'clip-clean-fid', name: 'my-clip', output: 'image_embeds' };
    expect(parseEncoderSettings(own, 'e.json')).toMatchObject({ name: 'my-clip', fit: 'crop', output: 'image_embeds' });
    const { layout: _layout, fit: _fit, output: _output, ...least } = settings;
    expect(parseEncoderSettings(least, 'e.json')).toEqual(settings);
    expect(() => parseEncoderSettings({ ...least, std: [1, 0, 1] }, 'e.json')).toThrow(/e.json: std is \[1,0,1\]/);
    expect(() => parseEncoderSettings({ ...least, size: 3 }, 'e.json')).toThrow(/no setting size/);
    expect(() => parseEncoderSettings({ like: 'dino' }, 'e.json')).toThrow(/not one of dinov2-edm2/);
    expect(() => parseEncoderSettings([1], 'e.json')).toThrow(/e.json: not a JSON object/);
  });
});
