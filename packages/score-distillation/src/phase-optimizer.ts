import type * as tf from '@tensorflow/tfjs-core';
import { joinParts, takePart } from '@onestep/diffusion-core';
import type { StateDict } from '@onestep/checkpoint';
import { Adam, clipByGlobalNorm, type AdamOptions, type AdamRates, type Module, type Parameter } from '@onestep/nn';
import type { ScoreOptions } from './options.js';
import type { Phase, Progress, TrainedModule } from './score-step.js';

/** Defaults of a phase. */
export interface PhaseDefaults {
  learningRate: number;
  adam: AdamOptions;
}

/** The optimizers of one phase: that of its network, then those of the method's further modules. */
export class PhaseOptimizer<O extends ScoreOptions> {
  /** Everything that the phase trains, in the order of its gradients. */
  readonly parameters: Parameter[];
  private readonly phase: Phase<O, never>;
  private readonly options: O;
  private readonly defaults: PhaseDefaults;
  private readonly modules: [
    name: string,
    trained: Pick<TrainedModule<O>, 'learningRate'>,
    count: number,
    adam: Adam,
  ][];

  /** @param modules further modules that this phase trains, by name */
  constructor(
    phase: Phase<O, never>,
    network: Module,
    modules: Readonly<Record<string, TrainedModule<O>>>,
    options: O,
    defaults: PhaseDefaults,
  ) {
    this.phase = phase;
    this.options = options;
    this.defaults = defaults;
    const adam = phase.adam?.(options) ?? defaults.adam;
    const all: [string, Partial<TrainedModule<O>> & { module: Module }][] = [
      ['', { module: network }],
      ...Object.entries(modules),
    ];
    this.parameters = all.flatMap(([, { module }]) => module.parameters());
    this.modules = all.map(([name, trained]) => {
      const parameters = trained.module.namedParameters();
      return [name, trained, parameters.size, new Adam(parameters, trained.adam ?? adam)];
    });
  }

  /** Begins the next update: its rates, as tensors of the caller's. */
  nextRates(progress: Progress): AdamRates[] {
    const { phase, options, defaults } = this;
    const shared = phase.learningRate?.(progress, options) ?? defaults.learningRate;
    return this.modules.map(([, trained, , adam]) =>
      adam.nextRates(trained.learningRate?.(progress, options) ?? shared),
    );
  }

  /**
   * The update that {@link PhaseOptimizer.nextRates} began.
   *
   * @param grads one per parameter; they stay the caller's
   * @param absent parameters without a gradient, which stay as they are
   */
  update(grads: tf.Tensor[], rates: readonly AdamRates[], absent: readonly boolean[]): void {
    const { phase, options } = this;
    const clipped = phase.clip?.(grads, options) ?? clipToOption(grads, options);
    let start = 0;
    this.modules.forEach(([, , count, adam], i) => {
      const end = start + count;
      adam.update(clipped.slice(start, end), rates[i]!, absent.slice(start, end));
      start = end;
    });
  }

  /** State of the network's optimizer, and under their names of the further modules'. */
  async stateDicts(): Promise<{ network: StateDict; modules: StateDict }> {
    const [network, ...modules] = await Promise.all(this.modules.map(([, , , adam]) => adam.stateDict()));
    const names = this.modules.slice(1).map(([name], i) => [name, modules[i]!] as const);
    return { network: network!, modules: joinParts(Object.fromEntries(names)) };
  }

  loadStateDicts({ network, modules }: { network: StateDict; modules: StateDict }): void {
    for (const [name, , , adam] of this.modules) adam.loadStateDict(name === '' ? network : takePart(modules, name));
  }

  dispose(): void {
    for (const [, , , adam] of this.modules) adam.dispose();
  }
}

function clipToOption(grads: tf.Tensor[], { clipGradNorm }: ScoreOptions): tf.Tensor[] {
  return clipGradNorm === null ? grads : clipByGlobalNorm(grads, clipGradNorm);
}
