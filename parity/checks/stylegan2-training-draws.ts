import type { HostTensor } from '@onestep/checkpoint';
import type { ImageBatch } from '@onestep/diffusion-core';
import { permuteAxes } from '@onestep/checkpoint';
import type {
  AdaptiveAugmentation,
  GanDraws,
  PassDraws,
  PhaseName,
  RandomSource,
  MicroBatchDraws,
} from '@onestep/stylegan2';
import { tensorOf, type FixtureFile } from '../check.js';
import { hostImages } from '../fixture-tensors.js';

/** Phases of an iteration, each of which has latents, whether or not it runs. */
const ALL_PHASES: readonly PhaseName[] = ['Gmain', 'Greg', 'Dmain', 'Dreg'];

/** What the layout of a file's draws depends on. */
export interface DrawnShapes {
  zDim: number;
  numWs: number;
  labelDim: number;
  noiseLayers: number;
  styleMixingProb: number;
  plBatchShrink: number;
  augmentation: AdaptiveAugmentation | null;
}

/** The draws of a file, in the order in which the published loop made them. */
export class FixtureDraws {
  private readonly file: FixtureFile;
  private readonly shapes: DrawnShapes;
  private readonly drawsOf: Readonly<Record<string, [first: number, end: number]>>;

  constructor(file: FixtureFile, shapes: DrawnShapes) {
    this.file = file;
    this.shapes = shapes;
    this.drawsOf = JSON.parse(file.metadata.draws_of!) as Record<string, [number, number]>;
  }

  /** The phases that ran in an iteration. */
  phases(iteration: number): PhaseName[] {
    return ALL_PHASES.filter((name) => {
      const rounds = this.rounds(iteration, name).map((key) => this.drawsOf[key]!);
      // A path-length phase of weight 0 is listed without draws, and does nothing.
      return rounds.length > 0 && !(name === 'Greg' && rounds.every(([first, end]) => first === end));
    });
  }

  /** All draws of an iteration. */
  iteration(iteration: number): GanDraws {
    const entries = this.phases(iteration).map((name) => [
      name,
      this.rounds(iteration, name).map((key) => this.round(iteration, name, key)),
    ]);
    return Object.fromEntries(entries) as GanDraws;
  }

  /** The real images of an iteration. */
  batch(iteration: number): ImageBatch {
    const rounds = Object.keys(this.file.tensors).filter((name) =>
      new RegExp(`^real\\.${iteration}\\.\\d+$`).test(name),
    );
    const parts = rounds.sort().map((name) => tensorOf(this.file, name));
    const images = parts.flatMap(({ shape, data }) => [...permuteAxes(data as Float32Array, shape, [0, 2, 3, 1])]);
    const labels = rounds.flatMap((_, i) => this.oneHot(this.file.tensors[`real_c.${iteration}.${i}`]));
    const count = parts.reduce((sum, { shape }) => sum + shape[0]!, 0);
    return { images: Uint8Array.from(images), labels: labels.length === 0 ? null : Float32Array.from(labels), count };
  }

  private rounds(iteration: number, name: PhaseName): string[] {
    return Object.keys(this.drawsOf)
      .filter((key) => key.startsWith(`iter${iteration}.${name}.`))
      .sort();
  }

  private round(iteration: number, name: PhaseName, key: string): MicroBatchDraws {
    let next = this.drawsOf[key]![0];
    const take = () => tensorOf(this.file, `random.${next++}`);
    const made = name === 'Dreg' ? null : this.pass(this.latents(iteration, name, key), key, take);
    const isPath = name === 'Greg';
    const images = { pass: isPath ? null : made, path: isPath ? { pass: made!, noise: hostImages(take()) } : null };
    const augment = (isSeen: boolean) => (isSeen ? this.augment(iteration, key, take) : null);
    const fakeAugmentation = augment(name === 'Gmain' || name === 'Dmain');
    return { ...images, fakeAugmentation, realAugmentation: augment(name === 'Dmain' || name === 'Dreg') };
  }

  private pass(z: Float32Array, key: string, take: () => HostTensor): PassDraws {
    const { zDim, labelDim, numWs, noiseLayers, styleMixingProb } = this.shapes;
    const count = z.length / zDim;
    // Path lengths have the labels of the first latents.
    const labels = this.oneHot(this.file.tensors[`${key}.gen_c`]).slice(0, count * labelDim);
    const mixing = styleMixingProb > 0 ? this.mixing(numWs, take) : null;
    return {
      z,
      labels: labels.length === 0 ? null : Float32Array.from(labels),
      mixing,
      noise: Array.from({ length: noiseLayers }, () => take().data as Float32Array),
    };
  }

  private augment(iteration: number, key: string, take: () => HostTensor): MicroBatchDraws['fakeAugmentation'] {
    const numbers = () => Float32Array.from(take().data as Float32Array);
    const recorded: RandomSource = { normal: numbers, uniform: () => Float64Array.from(numbers()) };
    const size = tensorOf(this.file, `real.${iteration}.${key.split('.').at(-1)}`).shape[0]!;
    return this.shapes.augmentation?.draw(recorded, size, this.augmentP(iteration)) ?? null;
  }

  /** The augmentation probability of an iteration. */
  augmentP(iteration: number): number {
    return (this.file.tensors[`iter${iteration}.augment_p`]?.data[0] as number | undefined) ?? 0;
  }

  private mixing(numWs: number, take: () => HostTensor): PassDraws['mixing'] {
    const [cutoff, uniform, z] = [take(), take(), take()];
    const isMixed = uniform.data[0]! < this.shapes.styleMixingProb;
    return { cutoff: isMixed ? Number(cutoff.data[0]) : numWs, z: z.data as Float32Array };
  }

  /** The latents of a round: the one draw before the first phase is cut into phases, then into rounds. */
  private latents(iteration: number, name: PhaseName, key: string): Float32Array {
    const firsts = this.phases(iteration).flatMap((phase) =>
      this.rounds(iteration, phase).map((each) => this.drawsOf[each]![0]),
    );
    const { shape, data } = tensorOf(this.file, `random.${Math.min(...firsts) - 1}`);
    const { zDim } = this.shapes;
    const batch = shape[0]! / ALL_PHASES.length;
    const rounds = this.rounds(iteration, name);
    const size = batch / rounds.length;
    const start = ALL_PHASES.indexOf(name) * batch + rounds.indexOf(key) * size;
    const count = name === 'Greg' ? Math.floor(size / this.shapes.plBatchShrink) : size;
    return (data as Float32Array).slice(start * zDim, (start + count) * zDim);
  }

  /** One-hot rows of classes, in a list; empty for an unconditional network. */
  private oneHot(classes: HostTensor | undefined): number[] {
    const { labelDim } = this.shapes;
    if (classes === undefined) return [];
    return [...(classes.data as Int32Array)].flatMap((index) =>
      Array.from({ length: labelDim }, (_, i) => (i === index ? 1 : 0)),
    );
  }
}
