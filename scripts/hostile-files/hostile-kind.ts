/** The files of a kind: what a reader opens, and which of them a mutation changes. */
export interface HostileKind {
  name: string;
  /** Contents by name, relative to a folder. A name may have slashes. */
  files: Readonly<Record<string, Uint8Array>>;
  /** The file that is changed. */
  target: string;
  /** The path that is read, relative to the folder; `.` for the folder. */
  entry: string;
  /** Where only a part of the target is changed, so that checksums and sizes around it stay right: the part. */
  part?: Uint8Array;
  /** The target around a changed part. */
  around?(part: Uint8Array): Uint8Array | Promise<Uint8Array>;
  /**
   * Reads everything that the files hold, through the door that users go through.
   *
   * @param path of `entry`
   * @param folder an empty folder, for what the reader writes
   */
  read(path: string, folder: string): Promise<void>;
}

/** Files made to do harm, which are not changed. */
export interface Trap {
  name: string;
  /** Makes them in a folder. @returns the path that is read */
  make(folder: string): string | Promise<string>;
  read: HostileKind['read'];
}
