import { Rng, type RngState } from '@onestep/random';

/** The random streams of a run, one for each purpose, so that a draw for one never moves another. */
export class RandomStreams<Name extends string> {
  private readonly names: readonly Name[];
  private streams: ReadonlyMap<Name, Rng>;

  /** @param task what the streams are for, such as a method's name: tasks of the same seed have other numbers */
  constructor(seed: number, task: string, names: readonly Name[]) {
    const root = new Rng(seed, task);
    this.names = names;
    this.streams = new Map(names.map((name) => [name, root.stream(name)]));
  }

  get(name: Name): Rng {
    return this.streams.get(name)!;
  }

  /** JSON that {@link RandomStreams.restore} goes on from. */
  state(): Record<Name, RngState> {
    return Object.fromEntries(this.names.map((name) => [name, this.get(name).state()])) as Record<Name, RngState>;
  }

  /** @throws naming a stream that the state lacks; nothing is changed then */
  restore(state: Partial<Record<string, RngState>>): void {
    const restored = this.names.map((name): [Name, Rng] => {
      const stream = state[name];
      if (stream === undefined) throw new Error(`The training state has no random stream ${name}.`);
      return [name, Rng.fromState(stream)];
    });
    this.streams = new Map(restored);
  }
}
