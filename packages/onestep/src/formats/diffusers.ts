import { CheckpointError } from '@onestep/checkpoint';
import { isUNet2DStateDict, readDiffusers, type Config } from '@onestep/ddpm';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat } from './checkpoint-format.js';

/** Parts of a pipeline that turn images into latents. */
const ENCODERS = ['vae', 'vqvae', 'vqgan', 'movq', 'first_stage_model'];

/** A folder of diffusers: a network with its `config.json`, and a scheduler. */
export const DIFFUSERS: CheckpointFormat = {
  name: 'a UNet2DModel of diffusers (a folder with config.json)',
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
    return { ...readDiffusers({ config, scheduler, tensors }, name, ddpm), assumed: ['ddpm'] };
  },
};

/** The configuration of the network: of the first versions, or with a class. */
function findConfig(contents: CheckpointContents): Config | undefined {
  const configs = ['unet/config.json', 'config.json'].flatMap((path) => at(contents, path));
  return configs.find((config) =>
    ['_class_name', 'down_block_types', 'down_blocks', 'ch_mult'].some((key) => key in config),
  );
}

function findPipeline(contents: CheckpointContents): Config | undefined {
  return at(contents, 'model_index.json').find((index) => '_class_name' in index);
}

function at({ json }: CheckpointContents, path: string): Config[] {
  const value = json[path];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? [value as Config] : [];
}
