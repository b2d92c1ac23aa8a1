/** A model of the pages, as the build wrote it. */
export interface ModelEntry {
  /** Name of its file without the hash and `.safetensors`. */
  name: string;
  /** Path in the folder of the pages; with a hash, so that another model has another one. */
  path: string;
  bytes: number;
  /** SHA-256 of its contents in hexadecimal. */
  sha256: string;
}

/** What the build says about use without a network (`offline.json`). */
export interface OfflineTable {
  /** Size of the pages without models. */
  bytes: number;
  models: readonly ModelEntry[];
}

/**
 * Reads the table of the build.
 *
 * @param folder address of the folder of the pages, or of a page in it
 * @returns null where there is none: on a development server, or without a network on a page that is not kept
 */
export async function readOfflineTable(folder: string): Promise<OfflineTable | null> {
  try {
    const response = await fetch(new URL('offline.json', folder));
    return response.ok ? ((await response.json()) as OfflineTable) : null;
  } catch {
    return null;
  }
}
