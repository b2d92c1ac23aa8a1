import { edm2Snapshot, isEdm2Snapshot } from '@onestep/edm';
import type { CheckpointFormat } from './checkpoint-format.js';

/** A pickled network of Karras et al. 2024, with the arguments of its constructor. */
export const EDM2_SNAPSHOT: CheckpointFormat = {
  name: 'an EDM2 snapshot (.pkl)',
  uses: [],
  recognizes: ({ python }) => python !== undefined && isEdm2Snapshot(python),
  open: ({ name, python }) => ({ snapshot: edm2Snapshot(python!, name) }),
};
