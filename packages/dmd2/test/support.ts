import type { ImageBatch, ImageBatchSource, MethodArgs, TaskState } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';
import { dmd2, fDistill, type Dmd2Options, type FDistillOptions } from '@onestep/dmd2';
import { MaskRng, Rng } from '@onestep/random';
import type { IterationDraws } from '@onestep/score-distillation';

/** Images of 2x2 pixels with one channel, in three classes. */
const PIXELS = 4;
const CLASSES = 3;
export const BATCH = 4;

export const teacher = () =>
  new MlpDenoiser({ imgResolution: 2, imgChannels: 1, labelDim: CLASSES, hidden: 8, sigmaData: 0.5 }, new Rng(1));

/** Real images whose numbers follow from their place in the stream. */
export class CountedImages implements ImageBatchSource {
  private position = 0;

  next(): Promise<ImageBatch> {
    const start = this.position;
    this.position += BATCH;
    const images = Uint8Array.from({ length: BATCH * PIXELS }, (_, i) => ((start * PIXELS + i) * 37) % 256);
    const labels = new Float32Array(BATCH * CLASSES);
    for (let i = 0; i < BATCH; i++) labels[i * CLASSES + ((start + i) % CLASSES)] = 1;
    return Promise.resolve({ images, labels, count: BATCH });
  }

  state(): unknown {
    return { position: this.position };
  }

  restore(state: unknown): void {
    this.position = (state as { position: number }).position;
  }
}

const COMMON = { batch: BATCH, lr: 1e-3, glr: 1e-3, seed: 5, initSigma: 1, warmupStep: 0, emaHalfLifeKimg: 0.01 };

export function runDmd2(options: Partial<Dmd2Options> = {}, args: Partial<MethodArgs<Dmd2Options>> = {}) {
  return dmd2.create({ teacher: teacher(), data: new CountedImages(), ...args, options: { ...COMMON, ...options } });
}

export function runFDistill(options: Partial<FDistillOptions> = {}) {
  return fDistill.create({ teacher: teacher(), data: new CountedImages(), options: { ...COMMON, ...options } });
}

/** A run of any options. */
interface Steps {
  readonly batchSize: number;
  step(imagesSeen: number): Promise<Record<string, number>>;
}

/** Statistics of the iterations `from` to `to`. */
export async function iterate(run: Steps, from: number, to: number) {
  const stats: Record<string, number>[] = [];
  for (let i = from; i < to; i++) stats.push(await run.step(i * run.batchSize));
  return stats;
}

/** The names of tensors that differ between two states, by their first part. */
export function changedParts(before: TaskState, after: TaskState): Set<string> {
  const differs = (name: string) => {
    const [a, b] = [before.tensors[name]!.data, after.tensors[name]!.data];
    return a.some((value, i) => value !== b[i]);
  };
  return new Set(
    Object.keys(before.tensors)
      .filter(differs)
      .map((name) =>
        name
          .split('.')
          .slice(0, name.startsWith('module') ? 2 : 1)
          .join('.'),
      ),
  );
}

/** Draws of an iteration in which both phases have the same noise levels and noise. */
export function sameDraws(sigma: Float32Array): IterationDraws {
  const rng = new Rng(3);
  const phase = {
    z: rng.normal(BATCH * PIXELS),
    noise: rng.normal(BATCH * PIXELS),
    sigma,
    classes: Int32Array.of(0, 1, 2, 0),
    masks: new MaskRng([0, 0]),
    further: { realSigma: sigma, realNoise: rng.normal(BATCH * PIXELS) },
  };
  return { fakeScore: phase, generator: phase };
}
