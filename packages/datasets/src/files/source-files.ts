/** Named files: those of a folder or an archive. Files of systems and tools are not among them. */
export interface SourceFiles {
  /** Path of the folder or archive, for messages. */
  readonly path: string;
  /** Name of the file that was meant, if a file was; those beside it in its folder are listed too. */
  readonly only: string | null;
  /** Names of all files, with slashes between folders. */
  readonly names: readonly string[];
  /** Whether the files are members of tar archives. */
  readonly isTar: boolean;
  /** Whether the files are files of a folder, and not members of an archive. */
  readonly isFolder: boolean;
  /** Lines about what was left out. */
  readonly notes: readonly string[];
  has(name: string): boolean;
  /** Length of a file in bytes. */
  size(name: string): number;
  /**
   * Reads a file.
   *
   * @throws naming it if it cannot be read, or is larger than any image
   */
  read(name: string): Uint8Array;
  /** Reads a part of a file, or less at its end. */
  readPart(name: string, start: number, length: number): Uint8Array;
  /** Reads a file in pieces. */
  stream(name: string): AsyncIterable<Uint8Array>;
  /** Describes a file, for messages. */
  describe(name: string): string;
  /** Closes what is open. */
  close(): void;
}

/** Bytes of a file that is read whole; no image or list of labels is larger. */
export const MAX_READ_BYTES = 2 ** 29;
