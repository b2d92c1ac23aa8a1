import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestBackend } from '../../../test-support/backend.js';
import { encodePng } from '@onestep/datasets';
import { COLOR_DETECTOR, parseMetric, type FeatureExtractor } from '@onestep/metrics';
import { readReference } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { detectorSource, loadDetector } from '../src/evaluation/detector.js';
import { openEvaluator } from '../src/evaluation/evaluator.js';
import { imagesInFiles, openImages } from '../src/evaluation/image-files.js';
import { writeSampleNote } from '../src/images/sample-note.js';
import { createProgram } from '../src/program.js';

let folder: string;
const inFolder = (name: string) => join(folder, name);

/** Writes PNG files of random pixels. */
async function writePngs(name: string, count: number, width: number, height: number, channels: 1 | 3): Promise<string> {
  await mkdir(inFolder(name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const data = Uint8Array.from(new Rng(i, name).integers(width * height * channels, 256));
    await writeFile(join(inFolder(name), `${i}.png`), encodePng(data, { width, height, channels }));
  }
  return inFolder(name);
}

/** Runs a command in this process. @returns what it printed */
async function run(...args: string[]): Promise<{ out: string; err: string }> {
  const [out, err] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')];
  const printed: { out: string[]; err: string[] } = { out: [], err: [] };
  out.mockImplementation((line: string) => void printed.out.push(line));
  err.mockImplementation((line: string) => void printed.err.push(line));
  try {
    await (await createProgram(args)).parseAsync(args, { from: 'user' });
    return { out: printed.out.join('\n'), err: printed.err.join('\n') };
  } finally {
    out.mockRestore();
    err.mockRestore();
  }
}

beforeAll(async () => {
  await startTestBackend();
  folder = await mkdtemp(join(tmpdir(), 'onestep-any-folder-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

describe('measuring images of any kind', () => {
  it('takes a folder of several sizes and formats, and says what is odd', async () => {
    const mixed = await writePngs('mixed', 10, 9, 7, 3);
    const pixels = { create: { width: 30, height: 20, channels: 3, background: 'red' } } as const;
    await sharp(pixels).jpeg().toFile(join(mixed, 'b.jpg'));
    await sharp({ create: { ...pixels.create, channels: 4 } })
      .webp()
      .toFile(join(mixed, 'c.webp'));
    await writeFile(join(mixed, '._0.png'), 'not an image');
    const dest = inFolder('made/of/folders/ref.npz');
    const made = await run('metrics', 'ref', '--data', mixed, '--dest', dest);
    expect(made.out).toMatch(/12 images of mixed, features of onestep-color-v0\nresized: Pillow's bicubic/);
    expect(made.err).toMatch(/images of 2 sizes: 9x7 \(10\), 30x20 \(2\)/);
    expect(made.err).toMatch(/1 of 12 images are JPEG files/);
    expect(made.err).toMatch(/smaller than the detector's 64x64 and are enlarged/);
    expect(made.err).toMatch(/not comparable with published FIDs/);
    expect(made.err).toMatch(/1 file of systems and tools is left out/);
    expect(await readReference(dest)).toMatchObject({
      detector: COLOR_DETECTOR,
      numImages: 12,
      resizing: expect.any(String),
    });

    const calc = await run('metrics', 'calc', '--images', mixed, '--ref', dest, '--json');
    const [fid, score] = calc.out.split('\n').map((line) => JSON.parse(line) as { results: Record<string, number> });
    expect(fid).toMatchObject({ metric: 'fid12_edm', detector: COLOR_DETECTOR, reference: 'mixed (12 images)' });
    expect(fid!.results.fid12_edm).toBeCloseTo(0, 6);
    expect(score!.results).toHaveProperty('is12_mean');
    expect(calc.err).toMatch(
      /Few images \(12; published numbers are over 50,000\).*fid12_edm: biased below about 2,048/,
    );
  });

  it('names a metric that fits the number of images, and a place that cannot be written before it starts', async () => {
    const few = await writePngs('few', 10, 8, 8, 1);
    const calc = run('metrics', 'calc', '--images', few, '--data', few, '--metrics', 'fid500_full,kid20_full');
    await expect(calc).rejects.toThrow(/has 10 images, fewer than 500\. Pass --metrics fid10_full,kid10_full\./);
    await expect(run('metrics', 'ref', '--data', few, '--dest', folder)).rejects.toThrow(
      /is a folder, and a file is needed/,
    );
    await expect(run('metrics', 'ref', '--data', few, '--dest', join(few, '0.png/x.npz'))).rejects.toThrow(/0\.png/);
    const ninePictures = await writePngs('nine', 9, 8, 8, 1);
    const nine = run('metrics', 'calc', '--images', ninePictures, '--data', few, '--metrics', 'fid500_full');
    await expect(nine).rejects.toThrow(/has 9 images; a measurement needs at least 10/);
    const ref = run('metrics', 'calc', '--images', few, '--ref', ninePictures);
    await expect(ref).rejects.toThrow(/nine is a folder, and --ref takes a file.*--data.*metrics ref --data/);
    const madeBy = run('metrics', 'calc', '--images', few, '--data', few, '--ref-made-by', 'clean-fid');
    await expect(madeBy).rejects.toThrow(/--ref-made-by .*pass it with --ref/);
    const other = run('metrics', 'ref', '--data', few, '--dest', inFolder('x.npz'), '--detector', 'fashion-mnist');
    await expect(other).rejects.toThrow(/accepts 32x32x1 images, and these are 8x8x1.*Pass "--detector color"/);
  });

  it('counts what the last onestep generate wrote to a folder, if it left a note', async () => {
    const samples = await writePngs('samples', 12, 8, 8, 3);
    await cp(join(samples, '0.png'), join(samples, 'grid.png'));
    const names = Array.from({ length: 10 }, (_, i) => `${i}.png`);
    expect((await openImages(samples)).length).toBe(13);
    await writeSampleNote(samples, { network: 'a' }, names.slice(0, 4));
    await writeSampleNote(samples, { network: 'a' }, names);
    const files = await openImages(samples);
    expect(files.length).toBe(10);
    expect(files.notes.join()).toMatch(
      /10 images are counted.*3 others are not: 10\.png, 11\.png, grid\.png.*Delete generated\.json/,
    );
    await writeSampleNote(samples, { network: 'b' }, names.slice(0, 2));
    expect((await openImages(samples)).length).toBe(2);
  });
});

describe('detectors', () => {
  const signal = new AbortController().signal;

  it('are those of the reference, with its resizing', () => {
    expect(detectorSource('inception-2015-12-05/clean-fid')).toEqual({
      source: 'inception-2015-12-05',
      resize: 'clean-fid',
    });
    expect(detectorSource(COLOR_DETECTOR)).toEqual({ source: COLOR_DETECTOR });
    expect(() => detectorSource('dinov2-vitl14/edm2')).toThrow(
      /made with the detector dinov2-vitl14\/edm2\. Pass that/,
    );
  });

  it('refuse options of others', async () => {
    await expect(loadDetector('color', { resize: 'clean-fid' })).rejects.toThrow(
      /--resize is for the Inception network/,
    );
    await expect(loadDetector('inception', { resize: 'pil' })).rejects.toThrow(
      /--resize is one of edm, pytorch-fid, clean-fid/,
    );
    await expect(loadDetector('inception', { encoder: 'x.json' })).rejects.toThrow(/--encoder goes with .*\.onnx/);
    await writeFile(inFolder('no-settings.onnx'), '');
    await expect(loadDetector(inFolder('no-settings.onnx'))).rejects.toThrow(
      /no-settings\.json or preprocessor_config\.json next to it, or --encoder/,
    );
  });

  it('may be a module of your own: the example of the README runs, and images of any size are prepared by it', async () => {
    const readme = await readFile(new URL('../../../packages/metrics/README.md', import.meta.url), 'utf8');
    const [, example] = /```js\n(\/\/ color-histogram\.mjs\n.*?)```/s.exec(readme)!;
    await writeFile(inFolder('color-histogram.mjs'), example!);
    const data = await writePngs('own', 10, 9, 5, 3);
    const options = { data, detector: inFolder('color-histogram.mjs') };
    const images = await imagesInFiles(data, { num: 10, seed: 0 });
    expect(images.format).toBeNull();
    const open = await openEvaluator(options, images.format, [parseMetric('fid10_full')]);
    const { extractor, reference } = await open(signal);
    expect(reference.statistics).toMatchObject({ numImages: 10, detector: extractor.name });
    // All of an image's pixels are in some bin of each channel.
    const means = reference.statistics!.mean;
    expect(means.reduce((a, b) => a + b, 0)).toBeCloseTo(3, 5);
    const module = await readFile(inFolder('color-histogram.mjs'), 'utf8');
    await writeFile(inFolder('fixed.mjs'), module.replace('prepare', 'unknown'));
    const fixed = await loadDetector(inFolder('fixed.mjs'));
    await expect(Promise.resolve().then(() => fixed.extractorOf(null))).rejects.toThrow(
      /fixed\.mjs: these images are of several sizes.*prepare/,
    );
  });

  it('give an error for features that are not numbers', async () => {
    const broken: FeatureExtractor = {
      name: 'broken',
      featureDim: 1,
      numClasses: 0,
      imgResolution: 8,
      imgChannels: 1,
      extract: async (images, n) => ({
        features: Float32Array.from({ length: n }, (_, i) => (i === 3 ? NaN : images[i]!)),
        probabilities: new Float32Array(0),
      }),
    };
    await writeFile(inFolder('broken.mjs'), 'export default () => globalThis.brokenDetector;');
    (globalThis as { brokenDetector?: FeatureExtractor }).brokenDetector = broken;
    const few = await writePngs('few', 10, 8, 8, 1);
    const ref = run('metrics', 'ref', '--data', few, '--dest', inFolder('b.npz'), '--detector', inFolder('broken.mjs'));
    await expect(ref).rejects.toThrow(/The detector broken gives NaN among the features of image 3/);
  });
});
