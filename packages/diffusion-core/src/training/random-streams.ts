import { Rng, type RngState } from '@onestep/random';

/**
 * The random streams of a run, one per purpose, so that a draw from one never moves another.
 *
 * @internal
 */
export class RandomStreams<Name extends string> {
  private readonly names: readonly Name[];
  private streams: ReadonlyMap<Name, Rng>;

  /**
   * @param seed integer from 0
   * @param task names the task, such as a method: different tasks draw different numbers from the same seed
   * @param names of the streams
   */
  constructor(seed: number, task: string, names: readonly Name[]) {
    const root = new Rng(seed, task);
    this.names = names;
    this.streams = new Map(names.map((name) => [name, root.stream(name)]));
  }

  /** Returns the stream of that name. */
  get(name: Name): Rng {
    return this.streams.get(name)!;
  }

  /** Returns JSON from which {@link RandomStreams.restore} resumes. */
  state(): Record<Name, RngState> {
    return Object.fromEntries(this.names.map((name) => [name, this.get(name).state()])) as Record<Name, RngState>;
  }

  /**
   * Resumes from a state.
   *
   * @throws naming a stream that the state lacks; the streams are unchanged then
   */
  restore(state: Partial<Record<string, RngState>>): void {
    const restored = this.names.map((name): [Name, Rng] => {
      const stream = state[name];
      if (stream === undefined) throw new Error(`The training state has no random stream ${name}.`);
      return [name, Rng.fromState(stream)];
    });
    this.streams = new Map(restored);
  }
}
