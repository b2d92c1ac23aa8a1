import * as tf from '@tensorflow/tfjs-core';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomically } from '@onestep/checkpoint/node';
import {
  generateImages,
  ImageStreams,
  karrasSigmaAt,
  requireDenoiser,
  sampleImages,
  toUint8,
  type Conditions,
  type Denoiser,
  type Generator,
} from '@onestep/diffusion-core';
import { eightGaussians } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { loadGenerator } from 'onestep';
import { studentOf, type CellSettings } from './cells.js';
import type { Variant } from './experiments.js';
import type { ImageProblem } from './image-problem.js';
import { PlaneProblem } from './plane-problem.js';
import { predicting } from './predicting-teachers.js';
import { trueIncrements } from './true-increments.js';

/** A measurement of the teacher, or of students that are there: a row with a name and figures. */
export type Row = { name: string } & Record<string, number | string>;

/** What an analysis works with. */
export interface AnalysisArgs {
  settings: CellSettings;
  seeds: readonly number[];
  /** Opens the images, where a row needs them. */
  images(): Promise<ImageProblem>;
}

/** Measurements that train nothing, by name. Each yields its rows; those that are there are not made again. */
export const ANALYSES = {
  samplers: teacherSamplers,
  'noise-again': noiseAgain,
  'plane-again': planeAgain,
  conversion: conversions,
  'true-increments': pathIncrements,
} as const satisfies Record<string, (args: AnalysisArgs) => Iterable<PlannedRow>>;

export type AnalysisName = keyof typeof ANALYSES;

/** A row that is still to be measured. */
interface PlannedRow {
  name: string;
  measure(): Promise<Record<string, number | string>>;
}

/** The rows of an analysis so far. */
export function readRows(name: AnalysisName, { out }: Pick<CellSettings, 'out'>): Row[] {
  const path = join(out, `${name}.json`);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Row[]) : [];
}

/** Measures the rows that are missing, and keeps each at once. */
export async function runAnalysis(name: AnalysisName, args: AnalysisArgs, log: (line: string) => void): Promise<void> {
  const rows = readRows(name, args.settings);
  for (const planned of ANALYSES[name](args)) {
    if (rows.some((row) => row.name === planned.name)) continue;
    const figures = await planned.measure();
    rows.push({ name: planned.name, ...figures });
    mkdirSync(args.settings.out, { recursive: true });
    await writeFileAtomically(join(args.settings.out, `${name}.json`), `${JSON.stringify(rows, null, 2)}\n`);
    log(`${name}, ${planned.name}: ${JSON.stringify(figures)}`);
  }
}

/** The teacher with DDIM, which is Euler's method here, at few network evaluations; a seed is a range of seeds of images. */
function* teacherSamplers({ settings, seeds, images: open }: AnalysisArgs): Iterable<PlannedRow> {
  for (const seed of seeds) {
    for (const steps of [1, 2, 4, 8, 16]) {
      yield {
        name: `ddim ${steps}, seed ${seed}`,
        measure: async () => {
          const problem = await open();
          const options = { solver: 'euler', discretization: 'edm', steps } as const;
          const make = async (images: readonly number[]) =>
            toUint8((await sampleImages({ denoiser: problem.teacher.network, seeds: images, options })).images);
          return { steps, seed, ...(await problem.judge.measureImages(make, seed * settings.num)) };
        },
      };
    }
  }
}

/** The increments of a perfect student, for the settings of both problems. */
function* pathIncrements({ images }: AnalysisArgs): Iterable<PlannedRow> {
  const row = (name: string, open: () => Promise<Denoiser>, preset: 'small' | 'toy') => ({
    name,
    measure: async () => {
      const bins = await trueIncrements(await open(), preset);
      return Object.fromEntries(
        bins.flatMap(({ bin, increment, relative }) => [
          [`Bootstrap_increment/${bin}`, increment],
          [`Relative_increment/${bin}`, relative],
        ]),
      );
    },
  });
  yield row('images', async () => (await images()).teacher.network, 'small');
  yield row('plane', () => Promise.resolve(eightGaussians()), 'toy');
}

const AGAIN_SIGMAS = [0.1, 0.5, 2.5];

/** Students' images with noise added, denoised once more by the student itself or by the teacher. */
function* noiseAgain({ settings, seeds, images }: AnalysisArgs): Iterable<PlannedRow> {
  const students: Pick<Variant, 'name'>[] = [{ name: 'boot' }, { name: 'sid, alpha 1.2' }];
  for (const seed of seeds) {
    for (const student of students) {
      const path = studentOf(student as Variant, seed, settings);
      if (!existsSync(path)) continue;
      for (const by of ['student', 'teacher'] as const) {
        for (const sigma of AGAIN_SIGMAS) {
          yield {
            name: `${student.name}, seed ${seed}, by the ${by} at ${sigma}`,
            measure: async () => {
              const problem = await images();
              const loaded = await loadGenerator(path);
              const denoiser = by === 'student' ? requireDenoiser(loaded.network) : problem.teacher.network;
              try {
                const again = new NoiseAgain(loaded.generator, denoiser, sigma);
                return { student: student.name, seed, by, sigma, ...(await problem.judge.measureGenerator(again)) };
              } finally {
                loaded.dispose();
              }
            },
          };
        }
      }
    }
  }
}

/** The same on points in the plane, where students are at the end of their training. */
function* planeAgain({ settings, seeds }: AnalysisArgs): Iterable<PlannedRow> {
  let opened: Promise<PlaneProblem> | undefined;
  for (const seed of seeds) {
    const path = studentOf({ name: 'plane, boot' } as Variant, seed, settings);
    if (!existsSync(path)) continue;
    for (const by of ['student', 'teacher'] as const) {
      for (const sigma of AGAIN_SIGMAS) {
        yield {
          name: `boot, seed ${seed}, by the ${by} at ${sigma}`,
          measure: async () => {
            const problem = await (opened ??= PlaneProblem.open());
            const student = await problem.loadStudent(path);
            const denoiser = by === 'student' ? student.network : eightGaussians();
            const figures = await problem.measure(new NoiseAgain(student, denoiser, sigma));
            student.module.dispose();
            return { student: 'boot', seed, by, sigma, ...figures };
          },
        };
      }
    }
  }
}

/** A generator's images with noise of a level added, denoised once. Two evaluations of networks. */
class NoiseAgain implements Generator {
  private readonly rng = new Rng(0, 'noise-again');

  constructor(
    private readonly generator: Generator,
    private readonly denoiser: Denoiser,
    private readonly sigma: number,
  ) {}

  get imgResolution() {
    return this.generator.imgResolution;
  }
  get imgChannels() {
    return this.generator.imgChannels;
  }
  get labelDim() {
    return this.generator.labelDim;
  }
  get labels() {
    return this.generator.labels;
  }

  sampleLatents(rng: Rng, n: number) {
    return this.generator.sampleLatents(rng, n);
  }

  generate(z: tf.Tensor, labels?: tf.Tensor2D): tf.Tensor4D {
    return tf.tidy(() => {
      const images = this.generator.generate(z, labels);
      const noise = tf.tensor(this.rng.normal(images.size), images.shape);
      const sigma = tf.fill([images.shape[0]], this.sigma) as tf.Tensor1D;
      return this.denoiser.denoise(tf.add(images, tf.mul(noise, this.sigma)) as tf.Tensor4D, sigma, { labels });
    });
  }
}

/** Times at which denoisers are compared, and images at each. */
const TIMES = [0, 0.25, 0.5, 0.75, 1];
const IMAGES = 64;

/** How far the converted teachers are from the teacher, over noise levels; and the students of each, of the first seed. */
function* conversions({ settings, images }: AnalysisArgs): Iterable<PlannedRow> {
  const streams = new ImageStreams(Array.from({ length: IMAGES }, (_, i) => i));
  for (const what of ['noise', 'velocity'] as const) {
    for (const t of TIMES) {
      const sigma = karrasSigmaAt(t, { sigmaMin: 0.002, sigmaMax: 80 });
      yield {
        name: `${what}, sigma ${sigma.toPrecision(3)}`,
        measure: async () => {
          const { network } = (await images()).teacher;
          const noise = streams.normal(network.imgResolution ** 2 * network.imgChannels);
          return { what, sigma, ...(await differenceOf(network, predicting(what, network), sigma, noise)) };
        },
      };
    }
    const students = ['boot, teacher of images', `boot, teacher of ${what}`].map((name) =>
      studentOf({ name } as Variant, 0, settings),
    );
    if (!students.every((path) => existsSync(path))) continue;
    yield {
      name: `${what}, students after 256 images`,
      measure: async () => ({ what, ...(await compareStudents(students)) }),
    };
  }
}

async function differenceOf(a: Denoiser, b: Denoiser, level: number, noise: Float32Array) {
  const [x, sigma] = tf.tidy(() => [
    tf.mul(tf.tensor4d(noise, [IMAGES, a.imgResolution, a.imgResolution, a.imgChannels]), Math.hypot(level, 0.5)),
    tf.fill([IMAGES], level),
  ]) as [tf.Tensor4D, tf.Tensor1D];
  const conditions: Conditions = a.labelDim === 0 ? {} : { labels: goingRound(a.labelDim) };
  const outputs = [a, b].map((denoiser) => denoiser.denoise(x, sigma, conditions));
  const [of, from] = await Promise.all(outputs.map((output) => output.data()));
  tf.dispose([x, sigma, outputs, conditions.labels ?? []]);
  return relativeDifference(of!, from!);
}

/** The classes in turn, [IMAGES, labelDim]. */
function goingRound(labelDim: number): tf.Tensor2D {
  const labels = new Float32Array(IMAGES * labelDim);
  for (let i = 0; i < IMAGES; i++) labels[i * labelDim + (i % labelDim)] = 1;
  return tf.tensor2d(labels, [IMAGES, labelDim]);
}

async function compareStudents(paths: readonly string[]) {
  const seeds = Array.from({ length: IMAGES }, (_, i) => i);
  const images: Float32Array[] = [];
  for (const path of paths) {
    const loaded = await loadGenerator(path);
    images.push(await generateImages({ generator: loaded.generator, seeds }));
    loaded.dispose();
  }
  return relativeDifference(images[0]!, images[1]!);
}

/** Root mean square of the difference, relative to that of the first, and the largest difference. */
function relativeDifference(a: ArrayLike<number>, b: ArrayLike<number>): { relative: number; largest: number } {
  let [squares, all, largest] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs(a[i]! - b[i]!);
    squares += difference ** 2;
    all += a[i]! ** 2;
    largest = Math.max(largest, difference);
  }
  return { relative: Math.sqrt(squares / all), largest };
}
