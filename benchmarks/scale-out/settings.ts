import { ADM, completeNetworkSettings, DDPMPP, PreconditionedNetwork, type PartialNetworkSettings } from '@onestep/edm';
import type { Work } from './model.js';

/** Multiplications of an iteration of SiD, in forward passes: see train-step/flops.ts. */
const SID_PASSES = 11;

/** Published settings of SiD: the teacher's network and the batch. */
const SETTINGS: Record<string, { network: PartialNetworkSettings; batch: number }> = {
  'CIFAR-10': {
    network: { imgResolution: 32, imgChannels: 3, model: { ...DDPMPP, modelChannels: 128 } },
    batch: 256,
  },
  'ImageNet-64': {
    network: { imgResolution: 64, imgChannels: 3, labelDim: 1000, model: ADM },
    batch: 8192,
  },
};

/** The work of an iteration of SiD in each published setting. Only sizes are computed: no engine runs. */
export function publishedWork(): Record<string, Work & { parameters: number }> {
  return Object.fromEntries(
    Object.entries(SETTINGS).map(([name, { network, batch }]) => {
      const { parameters, multiplications } = new PreconditionedNetwork(completeNetworkSettings(network), null).cost;
      const work = { batch, multiplications: SID_PASSES * multiplications, bytes: 4 * parameters, exchanges: 2 };
      return [name, { ...work, parameters }];
    }),
  );
}
