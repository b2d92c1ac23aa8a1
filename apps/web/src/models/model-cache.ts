import { downloadModel, hasDigest, type DownloadOptions } from './download-model.js';
import { whyNotKept } from './not-kept.js';
import { readOfflineTable, type ModelEntry, type OfflineTable } from './offline-table.js';

/** Options of {@link ModelCache.load}. */
export interface LoadModelOptions extends DownloadOptions {
  /** Called with the reason, in words, if the model was fetched and cannot be kept. */
  onNotKept?: (reason: string) => void;
}

/**
 * The models that are kept on this device, in the browser's Cache Storage. One is written there after all of it has arrived and
 * its SHA-256 is that of the build, so that a part of a model never counts as one.
 */
export class ModelCache {
  private constructor(
    private readonly folder: string,
    readonly table: OfflineTable,
    private readonly cache: Cache,
  ) {}

  /**
   * Opens the models of the pages in a folder. Pages in other folders of the same host have their own.
   *
   * @param folder its address, or that of a page in it
   * @returns null where nothing can be kept: on a development server, or where the address is not https
   */
  static async open(folder: string): Promise<ModelCache | null> {
    if (!('caches' in globalThis)) return null;
    const table = await readOfflineTable(folder);
    return table && new ModelCache(folder, table, await caches.open(`onestep-models ${new URL('.', folder).pathname}`));
  }

  /** The models that are kept. */
  async list(): Promise<ModelEntry[]> {
    const kept = new Set((await this.cache.keys()).map(({ url }) => url));
    return this.table.models.filter((model) => kept.has(this.addressOf(model)));
  }

  /** Removes a model. */
  async remove(model: ModelEntry): Promise<void> {
    await this.cache.delete(this.addressOf(model));
  }

  /** Removes what another version of the pages kept, and these pages do not have. */
  async removeOthers(): Promise<void> {
    const addresses = new Set(this.table.models.map((model) => this.addressOf(model)));
    const others = (await this.cache.keys()).filter(({ url }) => !addresses.has(url));
    await Promise.all(others.map((request) => this.cache.delete(request)));
  }

  /**
   * Gives a model from this device or, where it is not kept or was damaged, from the network. Then it is kept.
   *
   * @param address of its file
   * @returns null for a file that is not in the table
   * @throws Error naming the model if it cannot be fetched, or is not the one that the pages were built with
   */
  async load(address: string, { onNotKept, ...options }: LoadModelOptions): Promise<File | null> {
    const model = this.table.models.find((model) => this.addressOf(model) === address);
    if (model === undefined) return null;
    const kept = await (await this.cache.match(address))?.blob();
    if (kept !== undefined && (await hasDigest(kept, model))) return asFile(kept, model);
    const fetched = await downloadModel(address, model, options);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(model.bytes) };
    try {
      await this.cache.put(address, new Response(fetched, { headers }));
    } catch (error) {
      onNotKept?.(await whyNotKept(model, error));
    }
    return asFile(fetched, model);
  }

  private addressOf({ path }: ModelEntry): string {
    return new URL(path, this.folder).href;
  }
}

function asFile(contents: Blob, { name }: ModelEntry): File {
  return new File([contents], `${name}.safetensors`);
}
