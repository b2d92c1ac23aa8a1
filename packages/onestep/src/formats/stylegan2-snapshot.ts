import { isPublishedGan, publishedGenerator } from '@onestep/stylegan2';
import type { CheckpointFormat } from './checkpoint-format.js';

/** A pickled GAN of Karras et al. 2020, of which the averaged generator is opened. */
export const STYLEGAN2_SNAPSHOT: CheckpointFormat = {
  name: 'a published StyleGAN2 network (.pkl)',
  uses: [],
  recognizes: ({ python }) => python !== undefined && isPublishedGan(python),
  open: ({ name, python }) => ({ snapshot: publishedGenerator(python!, name) }),
};
