import { StagedFile } from '../staged-file.js';
import { StoredZipWriter } from '../zip/writer.js';
import type { Destination } from './destination.js';

/** A ZIP file of stored entries. */
export class ZipDestination implements Destination {
  private readonly zip: StoredZipWriter;

  private constructor(private readonly file: StagedFile) {
    this.zip = new StoredZipWriter(file);
  }

  static async create(path: string): Promise<ZipDestination> {
    return new ZipDestination(await StagedFile.create(path));
  }

  add(name: string, data: Uint8Array): Promise<void> {
    return this.zip.add(name, data);
  }

  async commit(): Promise<void> {
    await this.zip.end();
    await this.file.commit();
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}
