import { decodeSafetensors, encodeTorchFile, OrderedDict } from '@onestep/checkpoint';
import { openNetwork, startEngine } from 'onestep';
import { smallNetworkFiles } from '../../../packages/edm/test/support/hostile-networks.js';
import { WEIGHT_FILES } from '../../../packages/checkpoint/test/support/weight-files.js';
import type { HostileKind } from '../hostile-kind.js';

/** Opens a file as every command and program does, and builds its network. */
export async function readNetwork(path: string): Promise<void> {
  const { network } = await openNetwork(path);
  network.module.dispose();
}

const network = (name: string, contents: Uint8Array, rest: Partial<HostileKind> = {}): HostileKind => ({
  name,
  files: { network: contents },
  target: 'network',
  entry: 'network',
  read: readNetwork,
  ...rest,
});

/** Networks: our own files, published snapshots, state dicts, and files of weights that are no networks. */
export async function networkKinds(): Promise<HostileKind[]> {
  await startEngine({ engine: 'cpu' });
  const { safetensors, pickle } = await smallNetworkFiles();
  const headerEnd = 8 + Number(Buffer.from(safetensors).readBigUInt64LE(0));
  const aroundHeader = (header: Uint8Array) => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    return Buffer.concat([length, header, safetensors.subarray(headerEnd)]);
  };
  const { tensors } = decodeSafetensors(safetensors);
  const stateDict = encodeTorchFile(new OrderedDict(Object.entries(tensors) as [string, never][]));
  return [
    network('network: safetensors', safetensors),
    network('network: header of safetensors', safetensors, {
      part: safetensors.slice(8, headerEnd),
      around: aroundHeader,
    }),
    network('network: published pickle', pickle),
    network('network: state dict', stateDict),
    ...Object.entries(WEIGHT_FILES).map(([name, { bytes, around }]) =>
      network(`weights: ${name}`, around?.(bytes) ?? bytes, { part: bytes, around }),
    ),
  ];
}
