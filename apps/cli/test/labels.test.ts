import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoredZipWriter } from '@onestep/checkpoint';
import { encodePng } from '@onestep/datasets';
import { Rng } from '@onestep/random';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shownNames } from '../src/images/class-names.js';
import { runHere } from './support/run-here.js';
import { ONE_STEP, settingsOf, trainTinyNetwork } from './support/tiny-networks.js';

let folder: string;
const inFolder = (...names: string[]) => join(folder, ...names);

/** Writes a data set of random 8x8 images with these labels. @returns its path */
async function writeData(name: string, labels: unknown[] | null, classNames?: string[], channels = 3): Promise<string> {
  const zip = new StoredZipWriter();
  const rng = new Rng(1);
  const images = Array.from({ length: labels?.length ?? 12 }, (_, i) => [
    `00000/img${String(i).padStart(8, '0')}.png`,
    encodePng(Uint8Array.from(rng.integers(64 * channels, 256)), {
      width: 8,
      height: 8,
      channels,
      compressionLevel: 0,
    }),
  ]) as [string, Uint8Array][];
  const pairs = labels?.map((label, i) => [images[i]![0], label]) ?? null;
  const json = Buffer.from(JSON.stringify({ labels: pairs, class_names: classNames }));
  const pieces = [...images, ['dataset.json', json] as const].flatMap(([entry, data]) => [zip.add(entry, data), data]);
  await writeFile(inFolder(name), Buffer.concat([...pieces, ...zip.end()]));
  return inFolder(name);
}

/** Trains a network for one step. @returns the path of its snapshot, and what was said */
const train = (run: string, data: string, ...options: string[]) => trainTinyNetwork(inFolder(run), data, ...options);

const NAMES = ['no one', 'Cat', 'dog'];
/** How often the classes occur: the first one never. */
const FREQUENCIES = [0, 8, 4];
const ROWS = [
  [0.37, 0.7],
  [-0.25, 1.5],
];
let [pets, vectors, teacher, vectorTeacher] = ['', '', '', ''];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'onestep-labels-'));
  process.env.ONESTEP_CACHE_DIR = inFolder('cache');
  pets = await writeData('pets.zip', [1, 2, 1, 1, 2, 1, 1, 2, 1, 1, 2, 1], NAMES);
  vectors = await writeData(
    'vectors.zip',
    Array.from({ length: 12 }, (_, i) => ROWS[i % 2]),
    undefined,
    1,
  );
  teacher = (await train('teacher', pets, '--cond=1')).path;
  vectorTeacher = (await train('vector-teacher', vectors, '--cond=1')).path;
  await writeFile(
    inFolder('mean.mjs'),
    `export default ({ imgResolution, imgChannels }) => {
      const size = imgResolution ** 2 * imgChannels;
      return {
        name: 'mean', featureDim: 2, numClasses: 2, imgResolution, imgChannels,
        extract: async (images, n) => {
          const features = Float32Array.from({ length: 2 * n }, (_, i) => images[Math.floor(i / 2) * size + (i % 2)] / 255);
          return { features, probabilities: features.map((value, i) => (i % 2 ? 1 - features[i - 1] : value)) };
        },
      };
    };`,
  );
});
afterAll(async () => {
  delete process.env.ONESTEP_CACHE_DIR;
  await rm(folder, { recursive: true });
});

const generate = (network: string, ...options: string[]) =>
  runHere([
    'edm',
    'generate',
    '--network',
    network,
    '--outdir',
    inFolder('out'),
    '--steps=1',
    '--seeds=0-1',
    ...options,
  ]);
const images = async () => Promise.all([0, 1].map((seed) => readFile(inFolder('out', `00000${seed}.png`))));

describe('edm train', () => {
  it('states kind, names and frequencies of the labels in the file', async () => {
    const labels = { kind: 'classes', frequencies: FREQUENCIES };
    expect(await settingsOf(teacher)).toMatchObject({ labelDim: 3, classNames: NAMES, labels });
    const { kind, rows = [] } = (await settingsOf(vectorTeacher)).labels!;
    expect([kind, rows.length]).toEqual(['vectors', 12]);
    expect(new Set(rows.map(String))).toEqual(new Set(ROWS.map(String)));
  });

  it('says that labels are not used without --cond, and refuses --cond without labels', async () => {
    const { stderr } = await train('plain', pets, '-n');
    expect(stderr).toContain(
      '--data has 3 classes (no one, Cat, dog), which are not used: the network is unconditional. ' +
        'Give --cond 1 to condition it on them.\n',
    );
    const unlabeled = await writeData('unlabeled.zip', null);
    expect((await train('unlabeled', unlabeled, '-n')).stderr).not.toContain('--data has');
    await expect(train('never', unlabeled, '--cond=1')).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /--cond 1 needs labels or captions, and .*unlabeled\.zip has none\. Leave --cond out/,
      ),
    });
  });
});

describe('edm generate', () => {
  it('takes classes by name, and draws none that never occurred', async () => {
    await generate(teacher, '--class=cat');
    const cats = await images();
    await generate(teacher, '--class=1');
    expect(await images()).toEqual(cats);
    await generate(teacher, '--class-probabilities=0,5,0');
    expect(await images()).toEqual(cats);
    await writeFile(inFolder('probabilities.txt'), '0\n1\n0\n');
    await generate(teacher, `--class-probabilities=${inFolder('probabilities.txt')}`);
    expect(await images()).toEqual(cats);
    const { stderr } = await generate(teacher, '--class=0');
    expect(stderr).toBe('Class 0 (no one) did not occur in the training of this network.\n');
  });

  it('takes label vectors where the network does, and says so where a class was given', async () => {
    await generate(vectorTeacher, '--label=0.37,0.7');
    await generate(vectorTeacher);
    const refused: [string, string, RegExp][] = [
      [
        vectorTeacher,
        '--class=1',
        /takes label vectors of 2 numbers. Give --label, such as --label (0\.37,0\.7|-0\.25,1\.5),/,
      ],
      [vectorTeacher, '--label=1', /--label 1 does not fit: this network takes labels of 2 numbers, such as --label/],
      [vectorTeacher, '--class-probabilities=1,1', /--class-probabilities has no meaning here.* label vectors/],
      [teacher, '--class=cow', /Class "cow" does not exist: .* 0 \(no one\), 1 \(Cat\), 2 \(dog\)/],
      [teacher, '--class=3', /Class 3 does not exist/],
      [teacher, '--class-probabilities=1,1', /--class-probabilities has length 2, and this network has 3 classes/],
    ];
    for (const [network, option, message] of refused) await expect(generate(network, option)).rejects.toThrow(message);
  });
});

describe('distill', () => {
  const METHOD = ['--batch=4', '--lr=1e-4', '--glr=1e-4', ...ONE_STEP];
  const distill = (run: string, network: string, ...options: string[]) =>
    runHere(['distill', 'diff-instruct', '--edm-model', network, '--outdir', inFolder(run), ...METHOD, ...options]);
  const student = (run: string) => inFolder(run, 'network-snapshot-000000.safetensors');

  it('hands names and labels on to the student, as they were drawn, and convert keeps them', async () => {
    const { classNames } = await settingsOf(teacher);
    await distill('all-dogs', teacher, '--class-probabilities=0,0,1');
    const drawn = { kind: 'classes', frequencies: [0, 0, 1] };
    expect(await settingsOf(student('all-dogs'))).toMatchObject({ classNames, labels: drawn });
    await runHere(['convert', student('all-dogs'), inFolder('dogs.pth')]);
    await runHere(['convert', inFolder('dogs.pth'), inFolder('dogs.safetensors')]);
    expect(await settingsOf(inFolder('dogs.safetensors'))).toMatchObject({ classNames, labels: drawn });
    await distill('vectors', vectorTeacher);
    expect((await settingsOf(student('vectors'))).labels).toEqual((await settingsOf(vectorTeacher)).labels);
    const images = ['--outdir', inFolder('vector-images'), '--seeds=0'];
    await runHere(['generate', '--network', student('vectors'), ...images, '--label=-0.25,1.5']);
  });

  it('learns label vectors of real images', async () => {
    const method = ['distill', 'ect', '--edm-model', vectorTeacher, '--data', vectors, '--batch=4', ...ONE_STEP];
    await runHere([...method, '--outdir', inFolder('vector-reals')]);
    expect((await settingsOf(student('vector-reals'))).labels).toEqual((await settingsOf(vectorTeacher)).labels);
  });

  it('refuses real images whose classes are in another order', async () => {
    const turned = await writeData('turned.zip', [0, 1, 2], [...NAMES].reverse());
    const method = ['distill', 'ect', '--edm-model', teacher, '--data', turned, '--batch=4', ...ONE_STEP];
    await expect(runHere([...method, '--outdir', inFolder('turned')])).rejects.toThrow(
      /Class 0 of .*turned\.zip is "dog", and class 0 of the teacher "no one": convert the images again/,
    );
  });

  it('consults --data, and says so where its labels are others', async () => {
    const dogs = await writeData('dogs.zip', [1, 2, 2, 2]);
    await distill('data', teacher, '--data', dogs);
    expect(await settingsOf(student('data'))).toMatchObject({ labels: { frequencies: [0, 1, 3] } });
    // The classes are those of the same names.
    const moved = await writeData('moved.zip', [1, 0, 0, 0], ['Dog', 'cat']);
    await distill('moved', teacher, '--data', moved);
    expect(await settingsOf(student('moved'))).toMatchObject({ labels: { frequencies: [0, 1, 3] } });
    const five = await writeData('five.zip', [0, 1, 2, 3, 4]);
    const { stderr } = await distill('never', teacher, '--data', five, '-n');
    expect(stderr).toMatch(/labels of --data are not used: .*five\.zip has 5 classes, and the network takes 3 classes/);
    await expect(distill('never', teacher, '--class-probabilities=1', '-n')).rejects.toThrow(
      /--class-probabilities has length 1, and this network has 3 classes/,
    );
  });
});

it('compare takes a teacher of any images, with data and a detector of its own', async () => {
  const settings = ['--kimg=0.004', '--num=10', '--batch=4', '--teacher-steps=1', '--methods=diff-instruct'];
  const compare = (...options: string[]) =>
    runHere(['compare', '--outdir', inFolder('compare'), '--teacher', teacher, ...settings, ...options]);
  await expect(compare()).rejects.toThrow(/The teacher makes 8x8x3 images. Give real images .*--data ZIP.*--ref FILE/);
  await expect(compare('--data', vectors)).rejects.toThrow(
    /vectors\.zip has 8x8x1 images, and the teacher makes 8x8x3/,
  );
  const { stdout } = await compare('--data', pets, '--detector', inFolder('mean.mjs'));
  expect(stdout).toMatch(/detector mean on 10 generated images against pets \(12 images\)/);
  const results = JSON.parse(await readFile(inFolder('compare', 'results.json'), 'utf8')) as {
    rows: { fid: number }[];
  };
  expect(results.rows.length).toBeGreaterThan(2);
  for (const { fid } of results.rows) expect(fid).toBeGreaterThan(0);
});

it('pictures name the classes that they show', () => {
  const labels = { kind: 'classes', frequencies: [1, 0, 2] } as const;
  expect(shownNames({ labelDim: 3, classNames: NAMES, labels })).toEqual(['no one', 'dog']);
  expect(shownNames({ labelDim: 3, classNames: ['Äpfel', '猫', 'a name that is too long for this'] })).toEqual([
    'Apfel',
    'class 1',
    'a name that is t..',
  ]);
  expect(shownNames({ labelDim: 2, labels: { kind: 'vectors', rows: ROWS } })).toEqual(['']);
  expect(shownNames({ labelDim: 1000 })).toHaveLength(32);
});
