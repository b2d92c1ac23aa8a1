import { fidEdm, fidFull, fidLegacy, sfidAdm } from './fid.js';
import { isAdm, isTenParts } from './is.js';
import { kidExact, kidFull, kidLegacy } from './kid.js';
import type { Metric, MetricFamily } from './metric.js';
import { prAdm, prFull, prLegacy, prVgg } from './pr.js';

/** Every kind of metric. A new one is one file in this folder and one line here. */
const METRIC_FAMILIES: readonly MetricFamily[] = [
  fidFull,
  fidEdm,
  fidLegacy,
  sfidAdm,
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
 * Looks up a metric by its published name, with any number of images: `fid50k_full`, `fid2k_full`.
 *
 * @throws if there is no such metric (the error lists the names), or the number of images is too small for it
 */
export function parseMetric(name: string): Metric {
  for (const family of METRIC_FAMILIES) {
    const [before, after] = family.affixes;
    const match = new RegExp(`^${before}(\\d+)(k?)${after}$`).exec(name);
    if (match === null) continue;
    const numImages = Number(match[1]) * (match[2] === 'k' ? 1000 : 1);
    if (numImages < family.minImages) {
      throw new Error(`${name} is over ${numImages} images; this metric needs at least ${family.minImages}.`);
    }
    return { name, numImages, family };
  }
  if (PATH_LENGTH.test(name)) {
    throw new Error(
      `${name} is not computed here: the perceptual path length is a measure of StyleGAN's latent space alone. ` +
        `Available: ${metricNames(50).join(', ')}.`,
    );
  }
  throw new Error(
    `Unknown metric ${name}. Available: ${metricNames(50).join(', ')}; any other number of images works too, as in fid2k_full.`,
  );
}

/**
 * Returns the names of all metrics.
 *
 * @param thousands number of images in the names, in thousands
 */
export function metricNames(thousands: number): string[] {
  return METRIC_FAMILIES.map(({ affixes: [before, after] }) => `${before}${thousands}k${after}`);
}
