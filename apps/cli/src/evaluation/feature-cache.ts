import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { decodeReference, encodeReference, type ReferenceStatistics } from '@onestep/metrics';
import { makeFolder, readSafetensors, writeSafetensors } from '@onestep/checkpoint/node';
import { cacheFolder } from '../cache-folder.js';
import { digestOf } from '../files/digest-of.js';
import type { ImageFiles } from './image-files.js';
import { writeNote } from '../terminal/output-mode.js';

/** A detector's features of real images. */
export interface RealFeatures {
  /** Covariances divided by N, as in StyleGAN's metrics. */
  statistics: ReferenceStatistics;
  /** Features of every image, [N, dim] row-major; null unless they are needed. Empty in processes other than 0. */
  features: Float32Array | null;
}

/** Part of the key: to be increased when the same weights give other features. */
const VERSION = 2;

/**
 * A detector's features of a data set, in two files: `{data set}-{detector}-{key}.statistics.safetensors` and
 * `.features.safetensors`, in `gan-metrics` of the cache folder, as in the published scripts. The key is a digest of
 * everything that determines the numbers: the contents of the data set, wherever it is, the detector's name and weights, and
 * the engine.
 */
export class FeatureCache {
  private constructor(
    private readonly stem: string,
    private readonly key: string,
  ) {}

  /**
   * @param path of the images
   * @param checksum of the detector's weights; null if it has none
   * @returns null for a detector without a checksum, whose features are not cached
   */
  static async open(
    path: string,
    { name, length, format }: ImageFiles,
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
      contents: await digestOf(path),
    };
    const key = createHash('sha256').update(JSON.stringify(all)).digest('hex');
    const file = `${name}-${detector}-${key.slice(0, 16)}`.replace(/[^\w.-]/g, '_');
    return new FeatureCache(join(cacheFolder(), 'gan-metrics', file), key);
  }

  /** Reads the features. @returns null if they are not there; a damaged file, or one with another key, is ignored */
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

  /** Writes the files atomically. A failure is only reported: the features can be computed again. */
  async write({ statistics, features }: RealFeatures): Promise<void> {
    const { key } = this;
    try {
      await makeFolder(join(cacheFolder(), 'gan-metrics'));
      const { tensors, metadata } = encodeReference(statistics);
      await writeSafetensors(this.statisticsPath, { tensors, metadata: { ...metadata, key } });
      if (features === null) return;
      const shape = [statistics.numImages!, statistics.mean.length];
      await writeSafetensors(this.featuresPath, {
        tensors: { features: { shape, data: features } },
        metadata: { key },
      });
    } catch (error) {
      writeNote(`The features of the real images could not be cached: ${(error as Error).message}`);
    }
  }

  private get statisticsPath(): string {
    return `${this.stem}.statistics.safetensors`;
  }

  private get featuresPath(): string {
    return `${this.stem}.features.safetensors`;
  }
}
