import { openFile } from './open-file.js';
import type { SourceFiles } from './source-files.js';

/**
 * The files of several archives, one archive after another. Their names begin with the name of the archive, as if
 * it had been unpacked into a folder of its name. Files that are not archives are files themselves.
 */
export class ShardFiles implements SourceFiles {
  readonly only = null;
  readonly names: readonly string[];
  readonly notes: readonly string[];
  readonly isTar: boolean;
  readonly isFolder = false;
  private readonly places = new Map<string, [files: SourceFiles, name: string]>();

  private constructor(
    readonly path: string,
    private readonly shards: readonly [path: string, files: SourceFiles][],
    notes: readonly string[],
  ) {
    const common = commonFolder(shards.map(([shard]) => shard));
    for (const [shard, files] of shards) {
      const name = shard.slice(common.length).replaceAll('\\', '/');
      if (files.only !== null) this.places.set(name, [files, files.only]);
      const folder = name.replace(/\.(tar|tgz|tar\.gz|zip)$/i, '');
      if (files.only === null) for (const inner of files.names) this.places.set(`${folder}/${inner}`, [files, inner]);
    }
    this.names = [...this.places.keys()];
    this.notes = [...notes, ...shards.flatMap(([, files]) => files.notes)];
    this.isTar = shards.some(([, files]) => files.isTar);
  }

  /**
   * Opens archives or files.
   *
   * @param path that stands for all of them, for messages
   * @throws if one is not complete
   */
  static async open(
    path: string,
    paths: readonly string[],
    signal?: AbortSignal,
    notes: readonly string[] = [],
  ): Promise<ShardFiles> {
    const shards: [path: string, files: SourceFiles][] = [];
    try {
      for (const shard of paths) shards.push([shard, await openFile(shard, signal)]);
      return new ShardFiles(path, shards, notes);
    } catch (error) {
      for (const [, files] of shards) files.close();
      throw error;
    }
  }

  has(name: string): boolean {
    return this.places.has(name);
  }

  size(name: string): number {
    const [files, inner] = this.find(name);
    return files.size(inner);
  }

  read(name: string): Uint8Array {
    const [files, inner] = this.find(name);
    return files.read(inner);
  }

  readPart(name: string, start: number, length: number): Uint8Array {
    const [files, inner] = this.find(name);
    return files.readPart(inner, start, length);
  }

  stream(name: string): AsyncIterable<Uint8Array> {
    const [files, inner] = this.find(name);
    return files.stream(inner);
  }

  describe(name: string): string {
    const place = this.places.get(name);
    return place === undefined ? `${this.path}, ${name}` : place[0].describe(place[1]);
  }

  close(): void {
    for (const [, files] of this.shards) files.close();
  }

  private find(name: string): [files: SourceFiles, name: string] {
    const place = this.places.get(name);
    if (place === undefined) throw new Error(`${this.path} has no file ${name}.`);
    return place;
  }
}

/** The folder that all paths are in, with a slash at the end. */
function commonFolder(paths: readonly string[]): string {
  let common = paths[0]!.replace(/[^/\\]*$/, '');
  for (const path of paths) while (!path.startsWith(common)) common = common.replace(/[^/\\]*[/\\]$/, '');
  return common;
}
