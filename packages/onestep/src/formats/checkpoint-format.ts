import type { NetworkSnapshot } from '@onestep/diffusion-core';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { StatedSettings } from './stated-settings.js';

/** A network in a checkpoint of some format. */
export interface FoundNetwork {
  /**
   * The network as a network file holds it: tensors with the names of the package that builds it, and complete settings as
   * metadata (`networkMetadata`; with `describeGenerator` for a one-step generator, `describeUnstatedRole` for a network of which
   * the file does not say what it is). This is what `onestep convert` writes, and what `loadNetwork` builds.
   */
  snapshot: NetworkSnapshot;
  /** What was assumed because the file does not say it, in one line for the user. Left out if nothing was. */
  note?: string;
  /** The settings that the user may state in place of what was assumed. */
  assumed?: readonly (keyof StatedSettings)[];
}

/**
 * A kind of checkpoint that networks are read from: one file in this folder, and one line in `registry.ts`.
 */
export interface CheckpointFormat {
  /** The kind, in messages: `a state dict of an EDM network`. */
  name: string;
  /** The stated settings that it uses, or compares with those of the file. */
  uses: readonly (keyof StatedSettings)[];
  /** Whether contents are of this kind, by what is in them and not by the name of the file. Cheap, and never throws. */
  recognizes(contents: CheckpointContents): boolean;
  /**
   * Reads the network's settings, and names its tensors as its package does. No engine is needed, and no weights are read.
   *
   * @param stated settings that the user states; only those of {@link uses} are read
   * @throws CheckpointError if the contents are damaged or not supported; RangeError if a stated setting contradicts them
   */
  open(contents: CheckpointContents, stated: StatedSettings): FoundNetwork;
}
