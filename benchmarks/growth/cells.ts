import { SIZES, type Mode, type Size } from '../train-step/settings.js';

/** One measurement: a network with another batch or resolution. */
export interface GrowthCell {
  /** What grows. */
  axis: 'batch' | 'resolution';
  mode: Mode;
  name: string;
  size: Size;
}

const BATCHES = [1, 8, 64, 512];
const RESOLUTIONS = [16, 32, 64, 128];
/** The batch for which resolutions are compared. */
const BATCH = 8;
/** The network of each mode: a training of 32 channels at a batch of 512 would take more memory than many machines have. */
const NETWORKS: readonly [Mode, string][] = [
  ['forward', 'mc32-b32'],
  ['train', 'quickstart'],
];

/** The cells in order: each mode over batches, then over resolutions. */
export function growthCells(): GrowthCell[] {
  return NETWORKS.flatMap(([mode, name]) => {
    const { network } = SIZES[name]!;
    const label = name.replace(/-b\d+$/, '');
    return [
      ...BATCHES.map((batch) => ({
        ...{ axis: 'batch' as const, mode, name: `${label}, batch ${batch}` },
        size: { batch, network },
      })),
      ...RESOLUTIONS.map((resolution) => ({
        ...{ axis: 'resolution' as const, mode, name: `${label}, ${resolution}x${resolution}` },
        size: { batch: BATCH, network: { ...network, resolution } },
      })),
    ];
  });
}
