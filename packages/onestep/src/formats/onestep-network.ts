import { SETTINGS_ENTRY } from '@onestep/diffusion-core';
import type { CheckpointFormat } from './checkpoint-format.js';
import { assertAgree } from './stated-settings.js';

/** A network file of this program: safetensors with settings as metadata, or a `.pth` file that was made of one. */
export const ONESTEP_NETWORK: CheckpointFormat = {
  name: 'a network file of onestep',
  uses: ['precond', 'sigmaData', 'sigmaRange', 'channelsPerHead'],
  recognizes: ({ metadata }) => Object.hasOwn(metadata, SETTINGS_ENTRY),
  open({ name, tensors, metadata }, stated) {
    assertAgree(metadata, stated, name);
    return { snapshot: { tensors, metadata: { ...metadata } } };
  },
};
