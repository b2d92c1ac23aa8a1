import { createHash } from 'node:crypto';
import { mkdir, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { decodeReference, encodeReference } from '@onestep/metrics';
import { readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { cacheFolder } from '../cache-folder.js';
import type { ImageSource } from './image-source.js';
import type { RealFeatures } from './real-features.js';

/** Changes whenever features of the same weights do. */
const VERSION = 1;

/**
 * What a detector found in a data set: two files, `{data set}-{detector}-{key}.statistics.safetensors` and `.features.safetensors`,
 * in `gan-metrics` of the cache folder, where the published scripts have theirs too. The key is a digest of all that decides
 * the numbers: path, size and time of change of every file of the data set, the detector's name and weights, the engine.
 */
export class FeatureCache {
  private constructor(
    private readonly stem: string,
    private readonly key: string,
  ) {}

  /**
   * @param path of the images
   * @param checksum of the detector's weights; what a detector without one finds is not kept
   */
  static async open(
    path: string,
    { name, length, format }: ImageSource,
    detector: string,
    checksum: string | null,
  ): Promise<FeatureCache | null> {
    if (checksum === null) return null;
    const all = {
      VERSION,
      name,
      length,
      format,
      detector,
      checksum,
      engine: tf.getBackend(),
      files: await filesOf(path),
    };
    const key = createHash('sha256').update(JSON.stringify(all)).digest('hex');
    const file = `${name}-${detector}-${key.slice(0, 16)}`.replace(/[^\w.-]/g, '_');
    return new FeatureCache(join(cacheFolder(), 'gan-metrics', file), key);
  }

  /** Null if it is not there: a file that is damaged, or of something else, counts for nothing. */
  async read(withFeatures: boolean): Promise<RealFeatures | null> {
    try {
      const file = await readSafetensors(this.statisticsPath);
      const statistics = decodeReference(file, this.statisticsPath);
      if (file.metadata.key !== this.key) return null;
      if (!withFeatures) return { statistics, features: null };
      const { tensors, metadata } = await readSafetensors(this.featuresPath);
      const features = tensors.features?.data;
      const isWhole =
        features instanceof Float32Array && features.length === statistics.numImages! * statistics.mean.length;
      return isWhole && metadata.key === this.key ? { statistics, features } : null;
    } catch {
      return null;
    }
  }

  /** Writes both, each at once or not at all. Where that cannot be done, it is said, and nothing else happens. */
  async write({ statistics, features }: RealFeatures): Promise<void> {
    const { key } = this;
    try {
      await mkdir(join(cacheFolder(), 'gan-metrics'), { recursive: true });
      const { tensors, metadata } = encodeReference(statistics);
      await writeSafetensors(this.statisticsPath, { tensors, metadata: { ...metadata, key } });
      if (features === null) return;
      const shape = [statistics.numImages!, statistics.mean.length];
      await writeSafetensors(this.featuresPath, {
        tensors: { features: { shape, data: features } },
        metadata: { key },
      });
    } catch (error) {
      console.error(`What the detector found in the real images could not be kept: ${(error as Error).message}`);
    }
  }

  private get statisticsPath(): string {
    return `${this.stem}.statistics.safetensors`;
  }

  private get featuresPath(): string {
    return `${this.stem}.features.safetensors`;
  }
}

/** Path, size and time of change, in nanoseconds, of a file or of all files below a folder. */
async function filesOf(path: string): Promise<string[]> {
  const root = resolve(path);
  const isFolder = (await stat(root)).isDirectory();
  const names = isFolder ? (await readdir(root, { recursive: true })).sort() : [''];
  const files: string[] = [];
  for (const name of names) {
    const { size, mtimeNs } = await stat(join(root, name), { bigint: true });
    files.push(`${join(root, name)} ${size} ${mtimeNs}`);
  }
  return files;
}
