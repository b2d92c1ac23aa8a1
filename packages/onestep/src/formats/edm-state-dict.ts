import { describeUnstatedRole, networkMetadata } from '@onestep/diffusion-core';
import { findEdmStateDicts, settingsFromWeights, type EdmStateDict } from '@onestep/edm';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat } from './checkpoint-format.js';

/** The weights of an EDM network alone: settings come from their names and shapes. */
export const EDM_STATE_DICT: CheckpointFormat = {
  name: 'a state dict of an EDM network (DDPM++, NCSN++ or ADM)',
  recognizes: (contents) => listNetworks(contents).length > 0,
  open(contents, stated) {
    const [network] = listNetworks(contents) as [NamedNetwork];
    const settings = settingsFromWeights(network.tensors, { preconditioning: { scheme: stated.precond ?? 'edm' } });
    return { snapshot: { tensors: network.tensors, metadata: networkMetadata(describeUnstatedRole({ ...settings })) } };
  },
};

interface NamedNetwork extends EdmStateDict {
  /** The entry of the file and the prefix of its names, such as `ema` or `module`. */
  key: string;
  className?: string;
}

function listNetworks({ stateDicts }: CheckpointContents): NamedNetwork[] {
  return stateDicts.flatMap(({ path, tensors, className }) =>
    findEdmStateDicts(tensors).map((found) => ({
      ...found,
      className,
      key: [path, found.prefix.replace(/(^|\.)model$/, '')].filter((part) => part !== '').join('.'),
    })),
  );
}
