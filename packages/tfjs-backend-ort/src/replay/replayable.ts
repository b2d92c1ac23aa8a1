import { engine, tidy, type NamedTensorMap, type NumericDataType, type Tensor } from '@tensorflow/tfjs-core';
import type { Storage } from '../memory/storage.js';
import type { BoundGraph } from '../plan/graph.js';
import type { Plan } from '../plan/plan.js';
import { bind, NotReplayable, releaseDraws } from './bind.js';
import { namedTensors } from './inputs.js';
import { sameRecording, type Recording } from './recording.js';
import { Recorder } from './recorder.js';

/** A function of tensors (or objects and arrays of tensors), by name: a training step, say. */
export type Step<I extends object, O extends NamedTensorMap> = (inputs: I) => O;

/** What a backend does for its replayable steps. */
export interface Replayer {
  readonly storage: Storage;
  /** Computes what is recorded. */
  flush(): void;
  /** Runs `record`, and then what it recorded, under a recorder. */
  watched<T>(recorder: Recorder, record: () => T): T;
  /** Whether something else observes what is recorded. */
  observed(): boolean;
  /** Whether a plan is still there. */
  holds(plan: Plan): boolean;
  /** Runs a plan again. */
  rerun(plan: Plan, graph: BoundGraph): void;
  /** A step had to be recorded again. */
  notReplayed(reason: string): void;
}

/** Recordings of one step on inputs of the same shapes before it is given up: each costs time. */
const MAX_RECORDINGS = 20;

/** What is known of a step on inputs of certain shapes. */
interface Known {
  recording: Recording | null;
  /** Two recordings in a row were the same. */
  confirmed: boolean;
  recordings: number;
}

/** A step that is recorded until it is known, and from then on run without its JavaScript. */
export class Replayable<I extends object, O extends NamedTensorMap> {
  private readonly known = new Map<string, Known>();

  constructor(
    private readonly step: Step<I, O>,
    private readonly replayer: Replayer,
  ) {}

  call(inputs: I): O {
    // Its gradients, or the graph that is exported, need the operations.
    if (this.replayer.observed() || engine().isTapeOn()) return tidy(() => this.step(inputs));
    this.replayer.flush();
    const tensors = namedTensors(inputs);
    const key = shapesOf(tensors);
    const known = this.known.get(key) ?? { recording: null, confirmed: false, recordings: 0 };
    this.known.set(key, known);
    if (known.confirmed) {
      try {
        if (this.replayer.holds(known.recording!.plan)) return this.replay(known.recording!, tensors);
      } catch (error) {
        if (!(error instanceof NotReplayable)) throw error;
        this.replayer.notReplayed(error.message);
      }
    }
    return known.recordings < MAX_RECORDINGS ? this.record(known, inputs, tensors) : tidy(() => this.step(inputs));
  }

  private record(known: Known, inputs: I, tensors: ReadonlyMap<string, Tensor>): O {
    const recorder = new Recorder(this.replayer.storage, tensors);
    const results = this.replayer.watched(recorder, () => {
      const made = tidy(() => this.step(inputs));
      recorder.ended(made);
      return made;
    });
    const { recording } = recorder;
    const same = recording !== null && known.recording !== null && sameRecording(recording, known.recording);
    const difference = recording ? 'it is new, or differs from the last time' : 'it computes nothing';
    if (!same) this.replayer.notReplayed(recorder.reason || difference);
    known.recordings = same ? 0 : known.recordings + 1;
    known.confirmed = same;
    known.recording = recording;
    return results;
  }

  private replay(recording: Recording, inputs: ReadonlyMap<string, Tensor>): O {
    const { storage } = this.replayer;
    const graph = bind(recording, inputs, storage);
    try {
      this.replayer.rerun(recording.plan, graph);
    } catch (error) {
      recording.targets.forEach(({ to }, i) => to === 'result' && storage.release(graph.outputs[i]!, true, false));
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

function shapesOf(tensors: ReadonlyMap<string, Tensor>): string {
  return [...tensors].map(([name, { dtype, shape }]) => `${name}:${dtype}[${shape}]`).join();
}
