import type { ByteSource } from '@onestep/checkpoint';

/** The files of a checkpoint: one, or those of a folder. */
export interface OpenedFiles {
  /** Name in messages: the path or the address. */
  name: string;
  /** The weights: one file, or the shards of one. */
  weights: readonly ByteSource[];
  /** JSON files that belong to it, parsed, by their names: see `CheckpointContents`. */
  json: Readonly<Record<string, unknown>>;
}

/** A file alone. */
export function oneFile(source: ByteSource): OpenedFiles {
  return { name: source.name, weights: [source], json: {} };
}
