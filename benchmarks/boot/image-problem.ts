import { join } from 'node:path';
import { perceptualDistance } from '@onestep/boot';
import { NetworkGenerator, type Distance, type DistillationMethod, type Generator } from '@onestep/diffusion-core';
import { loadFashionMnistFeatures } from '@onestep/metrics/node';
import { loadTeacher, METHODS, type Teacher } from 'onestep';
import { Judge } from '../methods/measure.js';
import type { Variant } from './experiments.js';
import { PathEnds } from './path-ends.js';
import { predicting } from './predicting-teachers.js';
import type { Problem } from './problem.js';

/** Fashion-MNIST, with the shipped teacher and the settings of the presets `small`. */
export class ImageProblem implements Problem {
  private constructor(
    readonly teacher: Teacher,
    readonly judge: Judge,
    private readonly ends: PathEnds,
    private readonly perceptual: Distance,
  ) {}

  /**
   * @param data path of the real images
   * @param settings generated images behind each figure, and the folder of all runs
   */
  static async open(data: string, { num, out }: { num: number; out: string }): Promise<ImageProblem> {
    const judge = await Judge.open(data, num);
    const teacher = await loadTeacher('fashion-mnist');
    const ends = await PathEnds.open(teacher.network, join(out, 'path-ends.f32'));
    return new ImageProblem(teacher, judge, ends, perceptualDistance(await loadFashionMnistFeatures()));
  }

  get measuredWith(): string {
    return this.judge.detector;
  }

  createTask(variant: Variant, seed: number): DistillationMethod {
    const method = METHODS.find(({ name }) => name === variant.method)!;
    const options = { ...method.presets.small!.options, ...variant.options, seed };
    const { perceptual } = this;
    const { network } = this.teacher;
    if (variant.teacher === undefined) return method.create({ teacher: network, perceptual, options });
    // A function has no weights to copy: the student starts from those of the network behind it.
    const generator = new NetworkGenerator(network.clone(), Number(method.settle(options).initSigma));
    const teacher = predicting(variant.teacher, network);
    return method.create({ teacher, generator, labels: network.labels, perceptual, options });
  }

  /** FID, precision and recall, and the root mean square of a student's images minus the ends of the teacher's paths. */
  async measure(generator: Generator): Promise<Record<string, number>> {
    return { ...(await this.judge.measureGenerator(generator)), pathError: await this.ends.distance(generator) };
  }
}
