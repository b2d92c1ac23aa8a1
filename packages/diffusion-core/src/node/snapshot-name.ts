/** The parts of the name of a snapshot's file. */
export interface SnapshotName {
  /** Thousands of images, with six digits or more. */
  kimg: string;
  /** The length of a further average, such as `ema0.1`; null for the network to publish. */
  average: string | null;
  /** The name of the file with the network to publish of the same moment. */
  of: string;
}

/** Snapshots of SiD had a word before the number. */
const SNAPSHOT_FILE = /^(network-snapshot-(?:.*-)?(\d{6,}))(?:-((?:ema|mu|rel)\d[\d.]*))?\.safetensors$/;

/**
 * The name of the file of a snapshot.
 *
 * @param kimg thousands of images, with six digits
 * @param average the length of a further average; left out for the network to publish
 */
export function snapshotName(kimg: string, average?: string): string {
  return `network-snapshot-${kimg}${average === undefined ? '' : `-${average}`}.safetensors`;
}

/**
 * Reads the name of a snapshot's file.
 *
 * @returns null for other files
 */
export function parseSnapshotName(name: string): SnapshotName | null {
  const match = SNAPSHOT_FILE.exec(name);
  return match && { kimg: match[2]!, average: match[3] ?? null, of: `${match[1]}.safetensors` };
}
