import { ZipReader } from '../zip/reader.js';
import { describeIgnored, isIgnoredName } from './ignored-names.js';
import type { SourceFiles } from './source-files.js';

/** The files of a ZIP archive. */
export class ZipFiles implements SourceFiles {
  readonly only = null;
  readonly isTar = false;
  readonly isFolder = false;
  readonly names: readonly string[];
  readonly notes: readonly string[];

  private constructor(private readonly archive: ZipReader) {
    const names = archive.names();
    const ignored = names.filter(isIgnoredName);
    this.names = ignored.length === 0 ? names : names.filter((name) => !isIgnoredName(name));
    this.notes = ignored.length === 0 ? [] : [describeIgnored(ignored)];
  }

  /** @throws as {@link ZipReader.open} does */
  static async open(path: string): Promise<ZipFiles> {
    return new ZipFiles(await ZipReader.open(path));
  }

  get path(): string {
    return this.archive.path;
  }

  has(name: string): boolean {
    return this.archive.has(name);
  }

  size(name: string): number {
    return this.archive.size(name);
  }

  read(name: string): Uint8Array {
    return this.archive.read(name);
  }

  readPart(name: string, start: number, length: number): Uint8Array {
    return this.archive.readPart(name, start, length);
  }

  stream(name: string): AsyncIterable<Uint8Array> {
    return this.archive.stream(name);
  }

  describe(name: string): string {
    return `${this.path}, ${name}`;
  }

  close(): void {
    this.archive.close();
  }
}
