import { basename } from 'node:path';
import { contentDigest } from 'onestep/node';
import { Progress } from '../terminal/progress.js';

const MEGABYTE = 1e6;

/** Identifies a file or folder by its contents, with a progress line on standard error: a large one takes seconds. */
export async function digestOf(path: string): Promise<string> {
  const progress = new Progress('MB', `Reading ${basename(path)}`);
  try {
    return await contentDigest(path, {
      onProgress: (done, total) => progress.update(done / MEGABYTE, Math.ceil(total / MEGABYTE)),
    });
  } finally {
    progress.end();
  }
}
