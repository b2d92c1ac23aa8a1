import { prAdm, prFull, prLegacy, prVgg } from './coverage.js';
import { fidEdm, fidFull, fidLegacy, spatialAdm } from './frechet.js';
import { isAdm, isTenParts } from './inception-scores.js';
import { kidExact, kidFull, kidLegacy } from './kernel.js';
import type { Metric, MetricFamily } from './metric.js';

/** Every kind of metric. A new one is one file beside this one, and one line here. */
export const METRIC_FAMILIES: readonly MetricFamily[] = [
  fidFull,
  fidEdm,
  fidLegacy,
  spatialAdm,
  isTenParts,
  isAdm,
  kidFull,
  kidExact,
  kidLegacy,
  prFull,
  prVgg,
  prAdm,
  prLegacy,
];

/** Published names of perceptual path lengths: `ppl2_wend`, `ppl_zfull`. */
const PATH_LENGTH = /^ppl/;

/**
 * The metric of a published name, `fid50k_full`, or of the same with another number of images, `fid2k_full`.
 *
 * @throws saying which there are, or how many images it takes at least
 */
export function parseMetric(name: string): Metric {
  for (const family of METRIC_FAMILIES) {
    const [before, after] = family.affixes;
    const match = new RegExp(`^${before}(\\d+)(k?)${after}$`).exec(name);
    if (match === null) continue;
    const numImages = Number(match[1]) * (match[2] === 'k' ? 1000 : 1);
    if (numImages < family.minImages) {
      throw new Error(`${name} asks for ${numImages} images, and this metric takes at least ${family.minImages}.`);
    }
    return { name, numImages, family };
  }
  if (PATH_LENGTH.test(name)) {
    throw new Error(
      `${name} does not apply: the perceptual path length follows a generator along lines in the latent space of a StyleGAN, z ` +
        'or w, and a generator here makes images of noise of their own size, which has no such lines.',
    );
  }
  throw new Error(
    `There is no metric ${name}. There are ${metricNames(50).join(', ')}, also with another count, such as fid2k_full.`,
  );
}

/** Names of all metrics for so many thousand images. */
export function metricNames(thousands: number): string[] {
  return METRIC_FAMILIES.map(({ affixes: [before, after] }) => `${before}${thousands}k${after}`);
}
