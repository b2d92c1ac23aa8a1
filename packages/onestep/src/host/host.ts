import type { ByteSource } from '@onestep/checkpoint';

/** How a file is loaded. */
export interface LoadOptions {
  /** What messages call the file. Left out, its path, its address, or the name of a `File`. */
  name?: string;
  /** Called as bytes of a download arrive, with their number and the number expected; null if the server does not say. */
  onProgress?: (done: number, total: number | null) => void;
  /** Stops the loading, by throwing the signal's reason. */
  signal?: AbortSignal;
}

/** What Node and browsers do differently: the import `#host` is one of the two implementations. */
export interface Host {
  /**
   * Opens a file by its address: in Node a path or a URL, in a browser a URL relative to the page.
   *
   * @throws CheckpointError naming the file if it cannot be read
   */
  openAddress(address: string | URL, options: LoadOptions): Promise<ByteSource>;
}
