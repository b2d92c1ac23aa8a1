import { CheckpointError, type StateDict } from '@onestep/checkpoint';
import type { NetworkSnapshot } from '@onestep/diffusion-core';
import { checkDdpmOptions, type DdpmOptions } from '../ddpm-options.js';
import { describeAssumptions } from '../describe-assumptions.js';
import { describeRole } from '../describe-role.js';
import { completeNetworkSettings } from '../network-settings.js';
import { statedPreconditioning } from '../preconditioning/stated-preconditioning.js';
import { hasImageEncoder } from '../state-dict/select-network.js';
import type { RowOrder } from '../state-dict/attention-rows.js';
import { inferModel, selectOpenAi, type InferredModel } from './infer-model.js';
import { fromOpenAi } from './names.js';
import { readOpenAiSettings } from './openai-settings.js';

/** Resolution of the lowest level of all published networks. */
const LOWEST_RESOLUTION = 8;
/** Width of the attention heads of most published networks. */
const HEAD_CHANNELS = 64;
/** Number of heads of the published 128x128 network of guided-diffusion. */
const PUBLISHED_128_HEADS = 4;

/**
 * Reads the bare state dict of a `UNetModel` of guided-diffusion or consistency_models. The architecture comes from names and
 * shapes. What they do not tell comes from the user, from settings in the words of the two projects, or is assumed.
 *
 * @param file tensors of the file
 * @param json JSON files next to the file, by name
 * @param source the file's name: `cd_` and `ct_` at its start mean a consistency function, `edm_` an EDM network
 * @returns the contents of a network file, with diffusers' names, and what was assumed
 * @throws CheckpointError naming what is not supported or does not fit; RangeError for options that are not valid
 */
export function readOpenAi(
  file: StateDict,
  source: string,
  stated: DdpmOptions = {},
  json: Readonly<Record<string, unknown>> = {},
): { snapshot: NetworkSnapshot; note?: string } {
  checkDdpmOptions(stated);
  try {
    const tensors = selectOpenAi(file);
    if (tensors === null) throw new Error('it has no UNetModel of guided-diffusion or consistency_models');
    if (hasImageEncoder(file)) throw new Error('it works on latents of an image encoder, which is not supported');
    const inferred = inferModel(tensors);
    const [described = {}] = Object.values(json).flatMap((value) => readOpenAiSettings(value) ?? []);
    const heads = stated.headChannels ?? stated.numHeads;
    // Heads that are stated replace those of the file, in whatever way it gives them.
    const own = heads === undefined ? described : { ...described, headChannels: undefined, numHeads: undefined };
    const known: DdpmOptions = { ...own, ...stated };
    const { settled, assumed } = assume(inferred, known, baseName(source));
    const model = {
      ...inferred.model,
      headChannels: settled.numHeads === undefined ? settled.headChannels! : 0,
      numHeads: settled.numHeads ?? 1,
      dropout: settled.dropout ?? 0,
    };
    const settings = completeNetworkSettings({
      imgResolution: settled.imgResolution!,
      imgChannels: inferred.imgChannels,
      labelDim: inferred.labelDim,
      useFp16: settled.useFp16,
      preconditioning: statedPreconditioning(settled),
      model,
    });
    const layout = { order: settled.headOrder!, axes: inferred.attentionAxes === 4 ? 4 : 3 } as const;
    const snapshot = { tensors: fromOpenAi(tensors, model, layout), metadata: describeRole(settings) };
    return assumed.length === 0 ? { snapshot } : { snapshot, note: describeAssumptions(source, assumed) };
  } catch (error) {
    throw new CheckpointError(source, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

/** Completes the settings that were stated, and says in words what was assumed. */
function assume({ attentionAxes, model, imgChannels }: InferredModel, known: DdpmOptions, file: string) {
  const assumed: string[] = [];
  const settled = { ...known };
  const fill = <K extends keyof DdpmOptions>(key: K, value: NonNullable<DdpmOptions[K]>, words: string) => {
    if (settled[key] !== undefined) return;
    settled[key] = value;
    assumed.push(words);
  };
  const { blockOutChannels } = model;
  if (attentionAxes !== null && isPublished128(model) && settled.headChannels === undefined) {
    fill('numHeads', PUBLISHED_128_HEADS, `${PUBLISHED_128_HEADS} attention heads`);
  }
  const resolution = LOWEST_RESOLUTION * 2 ** (blockOutChannels.length - 1);
  fill('imgResolution', resolution, `images of ${resolution}x${resolution} pixels`);
  if (attentionAxes !== null && settled.numHeads === undefined) {
    const narrow = blockOutChannels.find((width) => width % HEAD_CHANNELS !== 0);
    if (settled.headChannels === undefined && narrow !== undefined) {
      const wayOut = `next to ${file}, put its settings as JSON (num_channels, num_res_blocks, num_head_channels, ...), or state headChannels`;
      throw new Error(
        `its attention heads are not known, and not ${HEAD_CHANNELS} channels wide as in published networks: ${wayOut}`,
      );
    }
    fill('headChannels', HEAD_CHANNELS, `attention heads of ${HEAD_CHANNELS} channels`);
  }
  const isConsistencyModels = attentionAxes === 4;
  if (isConsistencyModels || settled.scheme === 'edm' || settled.scheme === 'consistency') {
    settled.headOrder ??= 'by-kind';
    const isFunction = /^c[dt]_/.test(file);
    if (settled.scheme === undefined && (isFunction || file.startsWith('edm_'))) {
      settled.scheme = isFunction ? 'consistency' : 'edm';
    }
    fill('scheme', 'edm', 'an EDM network, not a consistency function');
    return { settled, assumed };
  }
  settled.scheme ??= 'ddpm';
  const is64 = isPublished64(model);
  fill('noiseSchedule', is64 ? 'cosine' : 'linear', `the ${is64 ? 'cosine' : 'linear'} noise schedule`);
  if (attentionAxes !== null) {
    const order: RowOrder = is64 ? 'by-kind' : 'by-head';
    fill('headOrder', order, `the ${is64 ? 'new' : 'legacy'} order of attention heads`);
  }
  settled.headOrder ??= 'by-head';
  if (model.outChannels !== imgChannels && model.outChannels !== 2 * imgChannels) {
    throw new Error(
      `its output has ${model.outChannels} channels for images of ${imgChannels}, which is not supported`,
    );
  }
  return { settled, assumed };
}

/** Whether widths and blocks are those of the published 64x64 network, the only one with the new order of heads. */
function isPublished64({ blockOutChannels, layersPerBlock }: InferredModel['model']): boolean {
  return blockOutChannels.join() === '192,384,576,768' && layersPerBlock === 3;
}

/** Whether widths and blocks are those of guided-diffusion's published 128x128 network, the only one with a number of heads. */
function isPublished128({ blockOutChannels, layersPerBlock }: InferredModel['model']): boolean {
  return blockOutChannels.join() === '256,256,512,768,1024' && layersPerBlock === 2;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).at(-1)!;
}
