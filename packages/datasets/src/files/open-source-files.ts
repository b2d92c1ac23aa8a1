import { existsSync } from 'node:fs';
import { lookAt } from '@onestep/checkpoint/node';
import { isImageName } from '../decoding/image-format.js';
import { expandBraces } from './expand-braces.js';
import { FolderFiles } from './folder-files.js';
import { openFile } from './open-file.js';
import { ShardFiles } from './shard-files.js';
import type { SourceFiles } from './source-files.js';

/**
 * Opens the files of a source: a folder, a ZIP or tar archive, or a file and those beside it. Several archives or
 * files can be given by one path with braces: `shard-{000..010}.tar`. What a file is, is recognized by its contents.
 *
 * @param signal stops the unpacking of a gzipped archive
 * @throws if there is nothing at the path, or a kind of file that is not supported
 */
export async function openSourceFiles(path: string, signal?: AbortSignal): Promise<SourceFiles> {
  const shards = existsSync(path) ? [path] : expandBraces(path);
  if (shards.length > 1) {
    const missing = shards.find((shard) => !existsSync(shard));
    if (missing !== undefined) throw new Error(`${missing} does not exist, of the ${shards.length} files of ${path}.`);
    return ShardFiles.open(path, shards, signal);
  }
  const status = lookAt(path);
  if (status === null) throw new MissingSource(`${path} does not exist.`);
  if (status.isDirectory()) {
    const files = FolderFiles.open(path);
    const archives = files.names.filter((name) => /\.(tar|tgz|tar\.gz)$/i.test(name)).sort();
    // A folder of shards.
    if (archives.length > 0 && !files.names.some(isImageName)) {
      return ShardFiles.open(
        path,
        archives.map((name) => files.describe(name)),
        signal,
        files.notes,
      );
    }
    return files;
  }
  if (!status.isFile()) throw new Error(`${path} is neither a file nor a folder.`);
  return openFile(path, signal);
}

/** The error of a path where there is nothing. */
export class MissingSource extends Error {}
