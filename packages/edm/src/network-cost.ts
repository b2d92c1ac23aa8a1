import type { NetworkCost } from '@onestep/diffusion-core';
import { completeNetworkSettings, type NetworkSettings, type PartialNetworkSettings } from './network-settings.js';
import { noiseChannels } from './networks/song-unet-settings.js';
import { createPreconditioning } from './preconditioning/registry.js';

/** Channels of an attention head of ADM. */
const ADM_HEAD = 64;

/**
 * Counts what a network takes from its settings alone, without building it.
 *
 * @param settings differences from the published defaults
 * @throws naming a setting that is out of range
 */
export function networkCost(settings: PartialNetworkSettings): NetworkCost {
  const complete = completeNetworkSettings(settings);
  const counter = new CostCounter(complete);
  counter.embedding();
  counter.decoder(counter.encoder());
  return counter.cost;
}

/** Walks through the layers of a UNet in order, as its constructor does. */
class CostCounter {
  readonly cost: NetworkCost = { parameters: 0, activations: 0, workspace: 0, multiplications: 0 };
  private readonly settings: NetworkSettings;
  private readonly isSong: boolean;
  private readonly emb: number;
  private readonly outChannels: number;

  constructor(settings: NetworkSettings) {
    this.settings = settings;
    const { model, imgChannels, preconditioning } = settings;
    this.isSong = model.modelType === 'SongUNet';
    this.emb = model.modelChannels * model.channelMultEmb;
    this.outChannels = imgChannels * createPreconditioning(preconditioning).outputsPerChannel;
  }

  embedding(): void {
    const { model, labelDim } = this.settings;
    const noise = model.modelType === 'SongUNet' ? noiseChannels(model) : model.modelChannels;
    this.linear(noise, this.emb);
    this.linear(this.emb, this.emb);
    if (model.augmentDim > 0) this.linear(model.augmentDim, noise, false);
    if (labelDim > 0) this.linear(labelDim, this.isSong ? noise : this.emb, this.isSong);
  }

  /** @returns the channels of each output that the decoder takes, in order */
  encoder(): number[] {
    const { model, imgResolution, imgChannels } = this.settings;
    const { modelChannels, channelMult, numBlocks } = model;
    const encoderType = model.modelType === 'SongUNet' ? model.encoderType : 'standard';
    const kept: number[] = [];
    let [channels, aux] = [imgChannels, imgChannels];
    for (const [level, mult] of channelMult.entries()) {
      const size = imgResolution >> level;
      if (level === 0) {
        const first = modelChannels * (this.isSong ? 1 : mult);
        this.conv(channels, first, 3, size);
        channels = first;
      } else {
        this.block(channels, channels, size, { resamples: true });
        if (encoderType !== 'standard') this.conv(aux, channels, encoderType === 'skip' ? 1 : 3, size);
        if (encoderType === 'residual') aux = channels;
      }
      kept.push(channels);
      for (let block = 0; block < numBlocks; block++) {
        this.block(channels, modelChannels * mult, size, { attends: this.attendsAt(size) });
        channels = modelChannels * mult;
        kept.push(channels);
      }
    }
    return kept;
  }

  decoder(kept: number[]): void {
    const { model, imgResolution } = this.settings;
    const { modelChannels, channelMult, numBlocks } = model;
    const decoderType = model.modelType === 'SongUNet' ? model.decoderType : 'standard';
    let channels = kept.at(-1)!;
    for (let level = channelMult.length - 1; level >= 0; level--) {
      const size = imgResolution >> level;
      if (level === channelMult.length - 1) {
        this.block(channels, channels, size, { attends: true });
        this.block(channels, channels, size);
      } else this.block(channels, channels, size, { resamples: true });
      for (let block = 0; block <= numBlocks; block++) {
        const width = modelChannels * channelMult[level]!;
        const attends = this.attendsAt(size) && (block === numBlocks || !this.isSong);
        this.block(channels + kept.pop()!, width, size, { attends });
        channels = width;
      }
      if (decoderType === 'skip' || level === 0) {
        this.norm(channels);
        this.conv(channels, this.outChannels, 3, size);
      }
    }
  }

  private attendsAt(size: number): boolean {
    return this.settings.model.attnResolutions.includes(size);
  }

  /** A residual block whose results have `size` x `size` pixels. */
  private block(
    channels: number,
    width: number,
    size: number,
    { resamples = false, attends = false }: { resamples?: boolean; attends?: boolean } = {},
  ): void {
    const pixels = size ** 2;
    this.norm(channels);
    this.conv(channels, width, 3, size);
    this.linear(this.emb, width * (this.isSong ? 1 : 2));
    this.norm(width);
    this.conv(width, width, 3, size);
    if (channels !== width || (resamples && this.isSong)) this.conv(channels, width, 1, size);
    // The block's input where it was joined with an output of the encoder; what comes between the convolutions, before and
    // after dropout; the sum with the shortcut.
    this.keep((channels > width ? channels : 0) * pixels + 3 * width * pixels);
    const heads = !attends ? 0 : this.isSong ? 1 : Math.floor(width / ADM_HEAD);
    if (heads === 0) return;
    this.norm(width);
    this.conv(width, 3 * width, 1, size);
    this.conv(width, width, 1, size);
    this.cost.multiplications += 2 * pixels ** 2 * width;
    // Queries, keys, values, the result and its sum; the weights, before and after the softmax.
    this.keep(5 * width * pixels + 2 * heads * pixels ** 2);
    this.cost.workspace = Math.max(this.cost.workspace, 3 * heads * pixels ** 2);
  }

  private conv(channels: number, width: number, kernel: number, size: number): void {
    const weights = channels * width * kernel ** 2;
    this.cost.parameters += weights + width;
    this.cost.multiplications += weights * size ** 2;
    this.cost.workspace = Math.max(this.cost.workspace, (channels + width) * size ** 2);
  }

  private linear(inputs: number, outputs: number, bias = true): void {
    this.cost.parameters += inputs * outputs + (bias ? outputs : 0);
  }

  private norm(channels: number): void {
    this.cost.parameters += 2 * channels;
  }

  private keep(numbers: number): void {
    this.cost.activations += numbers;
  }
}
