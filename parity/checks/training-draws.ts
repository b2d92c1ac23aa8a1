import { logNormalSigmas } from '@onestep/diffusion-core';
import type { HostTensor } from '@onestep/checkpoint';
import { MaskRng } from '@onestep/random';
import type { PhaseDraws } from '@onestep/score-distillation';
import { tensorOf, type FixtureFile } from '../check.js';
import { hostImages } from '../fixture-tensors.js';

/** Phases of an iteration: the fake score network's, then the generator's. */
const PHASES = 2;
/** Draws of a micro-batch in a phase: z, sigma and noise. */
const DRAWS_PER_PHASE = 3;

/** The sizes of a training in a file. */
export interface TrainingPlan {
  iterations: number;
  /** Micro-batches of each phase of an iteration. */
  microBatches: number;
  /** Images in a micro-batch. */
  size: number;
}

/** Finds the sizes by the tensors: losses are numbered by iteration, draws over all micro-batches. */
export function trainingPlan(file: FixtureFile): TrainingPlan {
  const count = (pattern: RegExp) => Object.keys(file.tensors).filter((name) => pattern.test(name)).length;
  const iterations = count(/^iter\d+\.score_loss$/);
  const microBatches = count(/^random\.\d+$/) / (iterations * PHASES * DRAWS_PER_PHASE);
  if (Number.isInteger(microBatches) && microBatches > 0) {
    return { iterations, microBatches, size: tensorOf(file, 'random.0').shape[0]! };
  }
  throw new Error(
    `The file has ${count(/^random\./)} draws for ${iterations} iterations, and a phase takes ${DRAWS_PER_PHASE} for each micro-batch.`,
  );
}

/**
 * Reads the metadata entry `classes`: the labels of each micro-batch in the order of the draws, a JSON list of lists.
 *
 * @returns the classes of each phase of each iteration, [iteration][phase]; empty for a network without labels
 * @throws naming the entry, if it is missing or does not fit the draws
 */
export function readClasses(
  { metadata }: FixtureFile,
  { iterations, microBatches, size }: TrainingPlan,
  { labelDim, sharesLabels }: { labelDim: number; sharesLabels: boolean },
): Int32Array[][] {
  const phases = Array.from({ length: iterations }, () => Array.from({ length: PHASES }, () => new Int32Array(0)));
  if (labelDim === 0) return phases;
  const wanted = iterations * PHASES * microBatches;
  const fail = (): never => {
    throw new Error(
      `The metadata entry classes must be a JSON list of ${wanted} lists of ${size} classes from 0 to ${labelDim - 1}, ` +
        `one for each micro-batch, not ${String(metadata.classes).slice(0, 60)}.`,
    );
  };
  const listed = parseList(metadata.classes) ?? fail();
  const isClass = (value: unknown) => Number.isInteger(value) && (value as number) >= 0 && (value as number) < labelDim;
  const isMicroBatch = (list: unknown) => Array.isArray(list) && list.length === size && list.every(isClass);
  if (!listed.every(isMicroBatch)) fail();
  const perIteration = (sharesLabels && listed.length === wanted / PHASES ? 1 : PHASES) * microBatches;
  if (listed.length !== iterations * perIteration) fail();
  return phases.map((each, iteration) =>
    each.map((_, phase) => {
      const first = iteration * perIteration + (perIteration === microBatches ? 0 : phase * microBatches);
      return Int32Array.from((listed as number[][]).slice(first, first + microBatches).flat());
    }),
  );
}

function parseList(json: string | undefined): unknown[] | null {
  try {
    const value: unknown = JSON.parse(json ?? 'null');
    return Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** Reads the draws of an iteration: z, sigma and noise of each micro-batch of each phase. */
export function readDraws(
  file: FixtureFile,
  { microBatches }: TrainingPlan,
  iteration: number,
  { generatorSigmas, classes }: { generatorSigmas: (draw: Float32Array) => Float32Array; classes: Int32Array[][] },
): { score: PhaseDraws; generator: PhaseDraws } {
  const phase = (index: number, sigmas: (draw: Float32Array) => Float32Array): PhaseDraws => {
    const first = (iteration * PHASES + index) * microBatches;
    const all = (draw: number, read: (tensor: HostTensor) => Float32Array) =>
      joined(
        Array.from({ length: microBatches }, (_, i) =>
          read(tensorOf(file, `random.${(first + i) * DRAWS_PER_PHASE + draw}`)),
        ),
      );
    return {
      z: all(0, hostImages),
      sigma: sigmas(all(1, ({ data }) => data as Float32Array)),
      noise: all(2, hostImages),
      classes: classes[iteration]![index]!,
      masks: new MaskRng([0, 0]),
      further: {},
    };
  };
  return { score: phase(0, (draw) => logNormalSigmas(draw)), generator: phase(1, generatorSigmas) };
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}
