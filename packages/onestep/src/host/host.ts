import type { OpenedFiles } from '../files/opened-files.js';

/** Options of loading a file. */
export interface LoadOptions {
  /** Name of the file in messages. Left out, its path, its address, or the name of a `File`. */
  name?: string;
  /** Called as bytes of a download arrive, with their number and the number expected; null if the server does not say. */
  onProgress?: (done: number, total: number | null) => void;
  /** Stops the loading, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** The functions that differ between Node and browsers. The import `#host` is one of the two implementations. */
export interface Host {
  /**
   * Opens a checkpoint by its address: in Node the path of a file or a folder, a URL or hf://owner/name; in a browser a URL
   * relative to the page.
   *
   * @throws CheckpointError naming the file if it cannot be read
   */
  openAddress(address: string | URL, options: LoadOptions): Promise<OpenedFiles>;
}
