import {
  CheckpointError,
  isModule,
  moduleStateDict,
  PythonObject,
  toPlainValue,
  type HostTensor,
  type PythonValue,
  type StateDict,
} from '@onestep/checkpoint';
import { networkMetadata, readGeneratorRecord, type NetworkSnapshot } from '@onestep/diffusion-core';
import { Edm2Network } from './edm2-network.js';
import { completeEdm2Settings, type Edm2Settings, type PartialEdm2Settings } from './edm2-settings.js';

const NETWORK_KEYS = ['ema', 'net'];
const CLASS_NAME = 'Precond';
/** The arguments of the wrapper; the others are the UNet's. */
const WRAPPER: Readonly<Record<string, string>> = {
  img_resolution: 'imgResolution',
  img_channels: 'imgChannels',
  label_dim: 'labelDim',
  use_fp16: 'useFp16',
  sigma_data: 'sigmaData',
  logvar_channels: 'logvarChannels',
};
const POSITIONAL = Object.keys(WRAPPER).slice(0, 5);

/** Whether a PyTorch file is a snapshot of an EDM2 network. */
export function isEdm2Snapshot(file: PythonValue): boolean {
  const network = findNetwork(file);
  return network !== undefined && network.className === CLASS_NAME && isModule(childOf(network, 'unet'));
}

/**
 * Converts a snapshot of an EDM2 network to the contents of a network file: weights under their names, and settings from its
 * constructor arguments.
 *
 * @param file result of `openTorchFile` or `decodeTorchFile`
 * @param source the file's name, for messages
 * @throws CheckpointError if the network is not supported, such as one that makes latents
 */
export function edm2Snapshot(file: PythonValue, source = 'network file'): NetworkSnapshot {
  const network = findNetwork(file)!;
  const encoder = file instanceof Map ? file.get('encoder') : undefined;
  if (encoder instanceof PythonObject && !/StandardRGB/.test(encoder.className)) {
    throw new CheckpointError(
      source,
      `its network makes latents of ${encoder.className}, which is not supported, only pixels`,
    );
  }
  const settings = readSettings(network, source);
  return { tensors: moduleStateDict(network, source), metadata: networkMetadata({ ...settings }) };
}

/**
 * Rebuilds an EDM2 network from the contents of a network file. The sizes in the settings are compared with the weights before
 * any memory is allocated.
 *
 * @param source the file's name, for messages
 * @throws CheckpointError if the settings do not describe a network, or the weights do not fit them
 */
export function loadEdm2Network({ tensors, metadata }: NetworkSnapshot, source = 'network file'): Edm2Network {
  const { settings } = readGeneratorRecord(metadata, source);
  let network: Edm2Network | undefined;
  try {
    const complete = completeEdm2Settings(settings as unknown as PartialEdm2Settings);
    for (const [name, axis, size] of listSizes(complete)) assertSize(tensors, name, axis, size);
    network = new Edm2Network(complete, null);
    network.loadStateDict(tensors);
    return network;
  } catch (error) {
    network?.dispose();
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

function assertSize(tensors: StateDict, name: string, axis: number, size: number): void {
  const tensor: HostTensor | undefined = Object.hasOwn(tensors, name) ? tensors[name] : undefined;
  if (tensor?.shape.at(axis) === size) return;
  const found =
    tensor === undefined ? 'is missing' : `has shape [${tensor.shape}], and its axis ${axis} should be ${size}`;
  throw new Error(`The weights do not fit the settings: ${name} ${found}.`);
}

/** Lists [tensor, axis, size] such that every number in the settings that decides a size shows up in one of them. */
function* listSizes({ imgResolution, imgChannels, labelDim, logvarChannels, model }: Edm2Settings) {
  const { modelChannels, channelMult, numBlocks } = model;
  yield [`unet.enc.${imgResolution}x${imgResolution}_conv.weight`, 1, imgChannels + 1] as const;
  yield ['logvar_linear.weight', 1, logvarChannels] as const;
  if (labelDim > 0) yield ['unet.emb_label.weight', 1, labelDim] as const;
  const widths = channelMult.map((mult) => mult * modelChannels);
  const noise = model.channelMultNoise === 0 ? widths[0]! : model.channelMultNoise * modelChannels;
  const emb = model.channelMultEmb === 0 ? Math.max(...widths) : model.channelMultEmb * modelChannels;
  yield ['unet.emb_noise.weight', 0, emb] as const;
  yield ['unet.emb_noise.weight', 1, noise] as const;
  for (const [level, width] of widths.entries()) {
    const resolution = `${imgResolution >> level}x${imgResolution >> level}`;
    for (let block = 0; block < numBlocks; block++) {
      yield [`unet.enc.${resolution}_block${block}.conv_res1.weight`, 0, width] as const;
    }
  }
}

function findNetwork(file: PythonValue): PythonObject | undefined {
  if (isModule(file)) return file;
  return file instanceof Map ? NETWORK_KEYS.map((key) => file.get(key)).find(isModule) : undefined;
}

function childOf(module: PythonObject, name: string): PythonValue | undefined {
  const children = module.get('_modules');
  return children instanceof Map ? children.get(name) : undefined;
}

function readSettings(network: PythonObject, source: string): Edm2Settings {
  const keywords = toPlainValue(network.get('_init_kwargs') ?? null, source);
  const positional = toPlainValue(network.get('_init_args') ?? [], source);
  if (keywords === null || typeof keywords !== 'object' || Array.isArray(keywords) || !Array.isArray(positional)) {
    throw new CheckpointError(source, 'the constructor arguments of its network are missing');
  }
  const args = { ...Object.fromEntries(positional.map((value, i) => [POSITIONAL[i], value])), ...keywords };
  const wrapper: Record<string, unknown> = {};
  const model: Record<string, unknown> = { modelType: 'EDM2UNet' };
  for (const [name, value] of Object.entries(args)) {
    // None stands for a default that depends on other arguments: 0 here.
    const own = value ?? (/^channel_mult_(noise|emb)$/.test(name) ? 0 : undefined);
    if (Object.hasOwn(WRAPPER, name)) wrapper[WRAPPER[name]!] = own;
    else model[camelCase(name)] = own;
  }
  try {
    return completeEdm2Settings({ ...wrapper, model } as unknown as PartialEdm2Settings);
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

/** `channels_per_head` to `channelsPerHead`. */
function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
