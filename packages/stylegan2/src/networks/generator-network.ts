import { Module } from '@onestep/nn';
import { checkGeneratorSettings } from '../check-settings.js';
import type { StateDict } from '@onestep/checkpoint';
import type { Rng } from '@onestep/random';
import type { SynthesisGeneratorSettings } from '../settings.js';
import { blockResolutions } from './block-channels.js';
import { completeState } from './published-state.js';
import { MappingNetwork } from './mapping-network.js';
import { SynthesisNetwork } from './synthesis-network.js';

/** The generator's networks, with the names of the published state dict. */
export class GeneratorNetwork extends Module {
  readonly synthesis: SynthesisNetwork;
  readonly mapping: MappingNetwork;
  readonly settings: SynthesisGeneratorSettings;

  /**
   * @param rng draws the initial weights; null leaves them zero, to be loaded
   * @throws naming a setting that is not valid
   */
  constructor(settings: SynthesisGeneratorSettings, rng: Rng | null) {
    super();
    checkGeneratorSettings(settings);
    this.settings = structuredClone(settings);
    const { zDim, labelDim, wDim } = settings;
    this.synthesis = new SynthesisNetwork(settings, rng);
    // Two layers for each resolution but the first, which has one, and the last torgb.
    const numWs = 2 * blockResolutions(settings).length;
    this.mapping = new MappingNetwork({ zDim, labelDim, wDim, numWs }, settings.mapping, rng);
  }

  /**
   * Sets all tensors. The buffers `resample_filter` may be left out.
   *
   * @throws if the weights do not fit the network, or a filter is not [1, 3, 3, 1]
   */
  override loadStateDict(dict: StateDict): void {
    super.loadStateDict(completeState(dict, this));
  }

  /** A network with the same settings and mode, and copies of all weights. */
  clone(): GeneratorNetwork {
    const copy = new GeneratorNetwork(this.settings, null);
    copy.copyFrom(this);
    return copy.train(this.training);
  }
}
