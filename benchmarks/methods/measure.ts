import { generateImages, toUint8, type Generator } from '@onestep/diffusion-core';
import { openDataset } from '@onestep/datasets';
import {
  measureMetrics,
  parseMetric,
  type FeatureExtractor,
  type ImageBatch,
  type MetricReference,
} from '@onestep/metrics';
import { loadFashionMnistClassifier, loadFashionMnistReference } from '@onestep/metrics/node';
import { Rng } from '@onestep/random';
import { loadGenerator, startEngine } from 'onestep';

/** Images at a time. */
const BATCH = 128;
/** Real images that precision and recall compare with. */
const REALS = 5000;

/** FID, Inception Score, precision and recall from the same images. */
export interface Quality {
  fid: number;
  /** Inception Score with the classes of the detector. */
  is: number;
  precision: number;
  recall: number;
}

/** Measures students: of Fashion-MNIST, or of images that a detector's features are given of. */
export class Judge {
  private constructor(
    private readonly extractor: FeatureExtractor,
    private readonly reference: MetricReference,
    private readonly num: number,
  ) {}

  /** @param data path of the real images; statistics for FID come with the program */
  static async open(data: string, num: number): Promise<Judge> {
    await startEngine();
    const extractor = await loadFashionMnistClassifier();
    const dataset = await openDataset(data, { useLabels: false });
    const features: Float32Array[] = [];
    for (let first = 0; first < REALS; first += BATCH) {
      const indices = Array.from({ length: Math.min(BATCH, REALS - first) }, (_, i) => first + i);
      const images = Uint8Array.from(indices.flatMap((index) => [...dataset.imageAt(index)]));
      features.push((await extractor.extract(images, indices.length)).features);
    }
    dataset.close();
    const all = Float32Array.from({ length: REALS * extractor.featureDim }, (_, i) => {
      const size = BATCH * extractor.featureDim;
      return features[Math.floor(i / size)]![i % size]!;
    });
    return new Judge(extractor, { statistics: await loadFashionMnistReference(), features: all }, num);
  }

  /** @param reference statistics and features of the real images */
  static of(extractor: FeatureExtractor, reference: MetricReference, num: number): Judge {
    return new Judge(extractor, reference, num);
  }

  /** Name of the detector. */
  get detector(): string {
    return this.extractor.name;
  }

  /** Measures the generator in a file, with seeds from 0 on. */
  async measure(path: string): Promise<Quality> {
    const loaded = await loadGenerator(path);
    try {
      return await this.measureGenerator(loaded.generator);
    } finally {
      loaded.dispose();
    }
  }

  /** Measures a generator, with seeds from 0 on. */
  async measureGenerator(generator: Generator): Promise<Quality> {
    return this.measureImages(async (seeds) => toUint8(await generateImages({ generator, seeds })));
  }

  /**
   * Measures images.
   *
   * @param make makes the image of each seed, uint8 [N, H, W, C]
   * @param first the first seed
   */
  async measureImages(make: (seeds: readonly number[]) => Promise<Uint8Array>, first = 0): Promise<Quality> {
    const metrics = [`fid${this.num}_full`, `is${this.num}`, `pr${this.num}3_adm`].map(parseMetric);
    const [fid, is, pr] = await measureMetrics({
      extractor: this.extractor,
      images: inBatches(make, this.num, first),
      metrics,
      reference: this.reference,
      rng: new Rng(0),
    });
    const [precision, recall] = Object.values(pr!.values);
    return {
      fid: Object.values(fid!.values)[0]!,
      is: Object.values(is!.values)[0]!,
      precision: precision!,
      recall: recall!,
    };
  }
}

async function* inBatches(
  make: (seeds: readonly number[]) => Promise<Uint8Array>,
  num: number,
  first: number,
): AsyncGenerator<ImageBatch> {
  for (let done = 0; done < num; done += BATCH) {
    const seeds = Array.from({ length: Math.min(BATCH, num - done) }, (_, i) => first + done + i);
    yield { images: await make(seeds), count: seeds.length };
  }
}
