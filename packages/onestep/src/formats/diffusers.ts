import { CheckpointError } from '@onestep/checkpoint';
import { isUNet2DStateDict, readDiffusers, type Config } from '@onestep/ddpm';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat } from './checkpoint-format.js';

/** Parts of a pipeline that turn images into latents. */
const ENCODERS = ['vae', 'vqvae', 'vqgan', 'movq', 'first_stage_model'];

/** Folders of networks, the averaged one of a training first. */
const UNETS = ['unet_ema', 'unet'];

/** A folder of diffusers: a network with its `config.json`, and a scheduler. */
export const DIFFUSERS: CheckpointFormat = {
  name: 'a UNet2DModel of diffusers (a folder with config.json)',
  uses: ['ddpm'],
  recognizes: (contents) =>
    findConfig(contents) !== undefined || findPipeline(contents) !== undefined || isUNet2DStateDict(contents.tensors),
  open(contents, { ddpm }) {
    const { name, tensors } = contents;
    const config = findConfig(contents);
    const pipeline = findPipeline(contents);
    const encoder = ENCODERS.find((part) => Array.isArray(pipeline?.[part]) || `${part}/config.json` in contents.json);
    if (encoder !== undefined) {
      throw new CheckpointError(
        name,
        `its network works on latents of an image encoder (${encoder}), which is not supported`,
      );
    }
    if (config === undefined && pipeline !== undefined) {
      throw new CheckpointError(
        name,
        `a pipeline of the class ${String(pipeline._class_name)} without unet/config.json is not supported`,
      );
    }
    const [scheduler] = ['scheduler/scheduler_config.json', 'scheduler_config.json'].flatMap((path) =>
      at(contents, path),
    );
    const read = readDiffusers({ config, scheduler, tensors }, name, ddpm);
    const isOneOfTwo = UNETS.every((folder) => `${folder}/config.json` in contents.json);
    return {
      ...(isOneOfTwo ? addNote(read, `${name} is the averaged network; its folder unet has the other.`) : read),
      assumed: DIFFUSERS.uses,
    };
  },
};

/** The configuration of the network: of the first versions, or with a class. */
function findConfig(contents: CheckpointContents): Config | undefined {
  const paths = [...UNETS.map((folder) => `${folder}/config.json`), 'config.json'];
  const configs = paths.flatMap((path) => at(contents, path));
  return configs.find((config) =>
    ['_class_name', 'down_block_types', 'down_blocks', 'ch_mult'].some((key) => key in config),
  );
}

function findPipeline(contents: CheckpointContents): Config | undefined {
  return at(contents, 'model_index.json').find((index) => '_class_name' in index);
}

/** Adds a line to what was assumed. */
function addNote<T extends { note?: string }>(read: T, line: string): T {
  return { ...read, note: read.note === undefined ? line : `${read.note} ${line}` };
}

function at({ json }: CheckpointContents, path: string): Config[] {
  const value = json[path];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Config] : [];
}
