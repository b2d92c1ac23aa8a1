import { isPublishedSnapshot, publishedSnapshot } from '@onestep/edm';
import type { CheckpointFormat } from './checkpoint-format.js';
import { assertAgree } from './stated-settings.js';

/** A pickled network of Karras et al. 2022, with the arguments of its constructor: snapshots and training states. */
export const PUBLISHED_SNAPSHOT: CheckpointFormat = {
  name: 'a published EDM, Diff-Instruct or SiD snapshot (.pkl) or training state (.pt)',
  uses: ['precond', 'sigmaData', 'sigmaRange', 'channelsPerHead'],
  recognizes: ({ python }) => python !== undefined && isPublishedSnapshot(python),
  open({ name, python }, stated) {
    const snapshot = publishedSnapshot(python!, name);
    assertAgree(snapshot.metadata, stated, name);
    return { snapshot };
  },
};
