import { engine, tidy, type NamedTensorMap, type NumericDataType, type Tensor } from '@tensorflow/tfjs-core';
import type { Storage } from '../memory/storage.js';
import type { BoundGraph } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import { bind, NotReplayable, releaseDraws } from './bind.js';
import { namedTensors } from './inputs.js';
import { Recorder } from './recorder.js';
import { isSameRecording, type Recording } from './recording.js';

/** A function from named tensors (or objects and arrays of tensors) to named tensors, such as a training step. */
export type Step<I extends object, O extends NamedTensorMap> = (inputs: I) => O;

/** What a backend provides for its replayable steps. */
export interface ReplayHost {
  readonly storage: Storage;
  /** Computes everything recorded so far. */
  flush(): void;
  /** Runs `record`, and then what it recorded, under a recorder. */
  recordWith<T>(recorder: Recorder, record: () => T): T;
  /** Whether something else observes what is recorded. */
  isObserved(): boolean;
  /** Whether a plan is still cached. */
  holds(plan: Plan): boolean;
  /** Runs a plan again. */
  rerun(plan: Plan, graph: BoundGraph): void;
  /** Counts a call that had to be recorded. */
  countNotReplayed(reason: string): void;
}

/** Number of recordings for inputs of the same shapes after which a step is no longer recorded, because each costs time. */
const MAX_RECORDINGS = 20;

/** What is known about a step for inputs of certain shapes. */
interface Knowledge {
  recording: Recording | null;
  /** Whether two recordings in a row were the same. */
  isConfirmed: boolean;
  recordings: number;
}

/** A step that is recorded until its graph is known, and from then on runs without its JavaScript. */
export class Replayable<I extends object, O extends NamedTensorMap> {
  private readonly knowledge = new Map<string, Knowledge>();

  constructor(
    private readonly step: Step<I, O>,
    private readonly host: ReplayHost,
  ) {}

  call(inputs: I): O {
    // Gradients and exports need the single operations.
    if (this.host.isObserved() || engine().isTapeOn()) return tidy(() => this.step(inputs));
    this.host.flush();
    const tensors = namedTensors(inputs);
    const key = shapesKey(tensors);
    const known = this.knowledge.get(key) ?? { recording: null, isConfirmed: false, recordings: 0 };
    this.knowledge.set(key, known);
    if (known.isConfirmed) {
      try {
        if (this.host.holds(known.recording!.plan)) return this.replay(known.recording!, tensors);
      } catch (error) {
        if (!(error instanceof NotReplayable)) throw error;
        this.host.countNotReplayed(error.message);
      }
    }
    return known.recordings < MAX_RECORDINGS ? this.record(known, inputs, tensors) : tidy(() => this.step(inputs));
  }

  private record(known: Knowledge, inputs: I, tensors: ReadonlyMap<string, Tensor>): O {
    const recorder = new Recorder(this.host.storage, tensors);
    const results = this.host.recordWith(recorder, () => {
      const returned = tidy(() => this.step(inputs));
      recorder.onReturned(returned);
      return returned;
    });
    const { recording } = recorder;
    const isSame = recording !== null && known.recording !== null && isSameRecording(recording, known.recording);
    const difference = recording ? 'it is new, or differs from the last time' : 'it computes nothing';
    if (!isSame) this.host.countNotReplayed(recorder.reason || difference);
    known.recordings = isSame ? 0 : known.recordings + 1;
    known.isConfirmed = isSame;
    known.recording = recording;
    return results;
  }

  private replay(recording: Recording, inputs: ReadonlyMap<string, Tensor>): O {
    const { storage } = this.host;
    const graph = bind(recording, inputs, storage);
    try {
      this.host.rerun(recording.plan, graph);
    } catch (error) {
      recording.targets.forEach(({ to }, i) => {
        if (to === 'result') storage.release(graph.outputs[i]!, { force: true, isRead: false });
      });
      throw error;
    } finally {
      releaseDraws(recording, graph, storage);
    }
    const results: Record<string, Tensor> = {};
    recording.targets.forEach((target, i) => {
      if (target.to !== 'result') return;
      const { name, shape, dtype } = target;
      const info = { dataId: graph.outputs[i]!, shape: [...shape], dtype: dtype as NumericDataType };
      results[name] = engine().makeTensorFromTensorInfo(info);
    });
    return results as O;
  }
}

function shapesKey(tensors: ReadonlyMap<string, Tensor>): string {
  return [...tensors].map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`).join();
}
