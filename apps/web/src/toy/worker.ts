import * as tf from '@tensorflow/tfjs-core';
import {
  assertFiniteImages,
  chooseSignal,
  meanOf,
  type DistillationMethod,
  type StudentSignal,
} from '@onestep/diffusion-core';
import { EIGHT_GAUSSIANS, eightGaussians, MlpDenoiser, type MlpSettings } from '@onestep/diffusion-core/toy';
import { CheckpointError, fetchSafetensors } from '@onestep/checkpoint';
import { Rng } from '@onestep/random';
import { startEngine } from '../engine/start-engine.js';
import { nextTurn, serve } from '../rpc/serve.js';
import type { ToyCalls, ToyProgress } from './calls.js';
import { createToy, TOY_METHODS } from './methods.js';

/** How many points the page shows. */
const POINTS = 600;
/** Milliseconds between two reports to the page. */
const REPORT_EVERY = 60;

/** A distillation, and the entry of its statistics that tells how far it is. */
interface ToyRun {
  distillation: DistillationMethod;
  statistic: string;
  /** Tells whether the student learns. */
  learning: StudentSignal;
  /** Its value before the first iteration. */
  start: number;
}

let running: ToyRun | null = null;
let iteration = 0;

serve<ToyCalls>({
  start: startEngine,

  methods: async () =>
    TOY_METHODS.map(({ name, needs, method: { title, about, progress } }) => ({ name, needs, title, about, progress })),

  async begin({ method, network }) {
    running?.distillation.dispose();
    const chosen = TOY_METHODS.find(({ name }) => name === method)!;
    const distillation = await createToy(chosen, await loadMlp(network));
    const learning = chooseSignal(eightGaussians(), distillation.student);
    const start = await learning.measure(distillation.student);
    running = { distillation, statistic: chosen.method.progress.statistic, learning, start };
    iteration = 0;
    return progress(running, null, 0);
  },

  async run({ iterations = Infinity }, emit, signal) {
    if (running === null) throw new Error('No method has begun.');
    const last = iteration + iterations;
    let report = await progress(running, null, 0);
    let [since, sum, count] = [performance.now(), 0, 0];
    while (iteration < last && !signal.aborted) {
      const { distillation, statistic } = running;
      const stats = await distillation.step(iteration * distillation.batchSize);
      iteration += 1;
      sum += meanOf(stats[statistic]!);
      count += 1;
      const elapsed = performance.now() - since;
      if (elapsed >= REPORT_EVERY || iteration === last) {
        report = await progress(running, sum / count, (1000 * count) / elapsed);
        emit(report);
        [since, sum, count] = [performance.now(), 0, 0];
      }
      await nextTurn();
    }
    return report;
  },
});

/** The network that the toy begins with. */
async function loadMlp(url: string): Promise<MlpDenoiser> {
  const { tensors, metadata } = await fetchSafetensors(url);
  if (metadata.mlp === undefined) throw new CheckpointError(url, 'it does not hold the network of the toy');
  const network = new MlpDenoiser(JSON.parse(metadata.mlp) as MlpSettings);
  network.module.loadStateDict(tensors);
  return network;
}

/**
 * The student as it is, and not its average: its points are seen moving.
 *
 * @throws NonFiniteImagesError if it returns NaN: no point is drawn or counted then
 */
async function progress(
  { distillation: { student }, learning, start }: ToyRun,
  measure: number | null,
  iterationsPerSecond: number,
): Promise<ToyProgress> {
  const { shape, data } = student.sampleLatents(new Rng(0, 'points'), POINTS);
  const images = tf.tidy(() => student.generate(tf.tensor(data, shape)));
  const points = (await images.data()) as Float32Array;
  images.dispose();
  assertFiniteImages(points, 'the student');
  const signal = (await learning.measure(student)) / start;
  return { iteration, iterationsPerSecond, measure, signal, points, hits: shareOnModes(points) };
}

function shareOnModes(points: Float32Array): number {
  const { means, std } = EIGHT_GAUSSIANS;
  let hits = 0;
  for (let i = 0; i < points.length; i += 2) {
    if (means.some(([x, y]) => Math.hypot(points[i]! - x, points[i + 1]! - y) < 2 * std)) hits += 1;
  }
  return hits / (points.length / 2);
}
