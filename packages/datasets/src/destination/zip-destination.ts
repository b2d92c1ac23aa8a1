import { StoredZipWriter } from '@onestep/checkpoint';
import { StagedFile } from '@onestep/checkpoint/node';
import { notWrittenError, type Destination } from './destination.js';

/** A ZIP file of uncompressed entries. */
export class ZipDestination implements Destination {
  private readonly zip = new StoredZipWriter();

  private constructor(
    private readonly path: string,
    private readonly file: StagedFile,
  ) {}

  static async create(path: string): Promise<ZipDestination> {
    try {
      return new ZipDestination(path, await StagedFile.create(path));
    } catch (error) {
      throw notWrittenError(path, error);
    }
  }

  async add(name: string, data: Uint8Array): Promise<void> {
    try {
      await this.file.write(this.zip.add(name, data));
      await this.file.write(data);
    } catch (error) {
      throw notWrittenError(this.path, error);
    }
  }

  async commit(): Promise<void> {
    try {
      for (const record of this.zip.end()) await this.file.write(record);
      await this.file.commit();
    } catch (error) {
      throw notWrittenError(this.path, error);
    }
  }

  discard(): Promise<void> {
    return this.file.discard();
  }
}
