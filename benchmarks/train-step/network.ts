import { DDPMPP, PreconditionedNetwork } from '@onestep/edm';
import { Rng } from '@onestep/random';

/** A network of sizes.json, with the names of peer_unet.py's arguments. */
export interface NetworkSize {
  resolution: number;
  channels: number;
  label_dim: number;
  model_channels: number;
  channel_mult: number[];
  num_blocks: number;
  attn_resolutions: number[];
}

/**
 * Builds a DDPM++ of a given size, without dropout.
 *
 * @param options.useFp16 whether its blocks multiply in half precision. Default: false
 */
export function createNetwork(size: NetworkSize, { useFp16 = false } = {}): PreconditionedNetwork {
  return new PreconditionedNetwork(
    {
      imgResolution: size.resolution,
      imgChannels: size.channels,
      labelDim: size.label_dim,
      useFp16,
      preconditioning: { scheme: 'edm' },
      model: {
        ...DDPMPP,
        modelChannels: size.model_channels,
        channelMult: size.channel_mult,
        numBlocks: size.num_blocks,
        attnResolutions: size.attn_resolutions,
        dropout: 0,
      },
    },
    new Rng(0),
  );
}

/**
 * Sets and yields the starting weights, in PyTorch's layouts. They are the initial ones, except that the last layer of each
 * branch, which starts near zero, is scaled up: otherwise a wrong branch would not show in the first losses.
 */
export async function* startingWeights(network: PreconditionedNetwork): AsyncGenerator<Float32Array> {
  for (const [name, parameter] of network.namedParameters()) {
    const { shape, data } = await parameter.download();
    const factor = /(conv1|proj|aux_conv)\.weight$/.test(name) ? 1e5 : 1;
    const scaled = Float32Array.from(data as Float32Array, (value) => value * factor);
    parameter.upload({ shape, data: scaled }, name);
    yield scaled;
  }
}
