import * as tf from '@tensorflow/tfjs-core';
import type { StateDict } from '@onestep/checkpoint';
import { updateEma, type Module } from '@onestep/nn';
import { joinParts, takePart } from '../training/state-parts.js';
import type { NamedSnapshot, NetworkSnapshot } from '../training/task.js';
import { isEmaRecord, emaMetadata, type EmaRecord, type EmaSegment } from './ema-history.js';
import { emaDecayOf, emaLengths, emaName, type EmaOptions } from './ema-length.js';

/** A network whose weights can be averaged. */
export interface EmaNetwork<N> {
  readonly module: Module;
  clone(): N;
}

/** What {@link EmaSet} needs of a run's options. */
export interface EmaSetOptions extends EmaOptions {
  batch: number;
  seed: number;
}

/** The state of a set, besides its weights. JSON. */
interface EmaSetState {
  /** Names of the lengths. */
  names: string[];
  /** One per length; null where it is not known how an average was made. Left out before the first step. */
  records?: (EmaRecord | null)[];
}

/** The part of a training state with the averages after the first. */
const FURTHER = 'further_emas';

/**
 * The EMAs of a network's weights in a training, one per length. The first is the one to publish.
 *
 * A step uploads {@link EmaSet.nextDecays}, and updates the averages with them after the optimizer's update.
 */
export class EmaSet<N extends EmaNetwork<N>> {
  /** The averaged networks, in the order of the lengths. */
  readonly networks: readonly N[];
  /** Names of the lengths, see `emaName`. */
  readonly names: readonly string[];
  private readonly options: EmaSetOptions;
  private readonly lengths: ReturnType<typeof emaLengths>;
  private readonly decayOf: readonly ReturnType<typeof emaDecayOf>[];
  /** One per length; null where it is not known how the average was made; undefined before the first step. */
  private records: (EmaRecord | null)[] | undefined;

  /**
   * @param source the network being trained, with its initial weights
   * @throws RangeError if the options name a length twice
   */
  constructor(source: N, options: EmaSetOptions) {
    this.options = options;
    this.lengths = emaLengths(options);
    this.names = this.lengths.map(emaName);
    this.decayOf = this.lengths.map(emaDecayOf);
    this.networks = this.lengths.map(() => source.clone());
    for (const { module } of this.networks) module.eval();
  }

  /** The average to publish. */
  get first(): N {
    return this.networks[0]!;
  }

  /**
   * Decays of the next step, one per length, for {@link EmaSet.update}.
   *
   * @param imagesSeen images seen before the step
   */
  nextDecays(imagesSeen: number): tf.Scalar[] {
    const { batch, seed } = this.options;
    this.records = this.lengths.map((length, i) => {
      const start = { images: imagesSeen, seed, history: [] };
      return addStep(this.records === undefined ? start : this.records[i]!, { from: imagesSeen, batch, length });
    });
    return this.decayOf.map((decay) => tf.scalar(decay(batch, imagesSeen)));
  }

  /**
   * Moves the averages toward the weights of the network being trained.
   *
   * @param decays of this step, from {@link EmaSet.nextDecays}
   */
  update({ module }: N, decays: readonly tf.Scalar[]): void {
    this.networks.forEach((average, i) => updateEma(average.module, module, decays[i]!));
  }

  /**
   * The file of the first average, with a record of how it was made.
   *
   * @param save makes the contents of a network's file
   */
  async snapshot(save: (network: N) => Promise<NetworkSnapshot>): Promise<NetworkSnapshot> {
    return this.describe(await save(this.first), 0);
  }

  /** The files of the other averages, one at a time. */
  async *furtherSnapshots(save: (network: N) => Promise<NetworkSnapshot>): AsyncIterable<NamedSnapshot> {
    for (let i = 1; i < this.networks.length; i++) {
      yield { name: this.names[i]!, ...this.describe(await save(this.networks[i]!), i) };
    }
  }

  /**
   * The parts of a training state with the averages.
   *
   * @param name of the part with the first
   */
  async stateDicts(name: string): Promise<Record<string, StateDict>> {
    const dicts: StateDict[] = [];
    for (const { module } of this.networks) dicts.push(await module.stateDict());
    const [first, ...further] = dicts;
    const parts = joinParts(Object.fromEntries(further.map((dict, i) => [String(i + 1), dict])));
    return further.length === 0 ? { [name]: first! } : { [name]: first!, [FURTHER]: parts };
  }

  /** What a training state holds besides the weights. JSON. */
  state(): unknown {
    const state: EmaSetState = { names: [...this.names], records: this.records };
    return state;
  }

  /**
   * Continues from a training state. An average that the state lacks starts from its first.
   *
   * @param tensors of the state
   * @param name of the part with the first average
   * @param state from {@link EmaSet.state}; undefined in states of earlier versions, which had one average
   */
  restore(tensors: StateDict, name: string, state: unknown): void {
    const { names, records } = isSetState(state) ? state : { names: [''], records: [null] };
    const further = takePart(tensors, FURTHER);
    const indices = this.names.map((own) => Math.max(names.indexOf(own), 0));
    this.networks.forEach(({ module }, i) => {
      const index = indices[i]!;
      module.loadStateDict(index === 0 ? takePart(tensors, name) : takePart(further, String(index)));
    });
    this.records = records && indices.map((index) => records[index]!);
  }

  dispose(): void {
    for (const { module } of this.networks) module.dispose();
  }

  private describe({ tensors, metadata }: NetworkSnapshot, index: number): NetworkSnapshot {
    const record = this.records?.[index];
    return { tensors, metadata: { ...metadata, ...(record ? emaMetadata(record) : {}) } };
  }
}

/** @returns null where it is not known how the average was made */
function addStep(before: EmaRecord | null, segment: EmaSegment): EmaRecord | null {
  if (before?.images !== segment.from) return null;
  const { from, ...now } = segment;
  const { from: _, ...last } = before.history.at(-1) ?? { from };
  const isSame = JSON.stringify(last) === JSON.stringify(now);
  const history = isSame ? before.history : [...before.history, segment];
  return { ...before, images: from + segment.batch, history };
}

function isSetState(value: unknown): value is EmaSetState {
  const { names, records } = Object(value) as Partial<EmaSetState>;
  if (!Array.isArray(names) || names.length === 0) return false;
  return (
    records === undefined ||
    (Array.isArray(records) &&
      records.length === names.length &&
      records.every((record) => record === null || isEmaRecord(record)))
  );
}
