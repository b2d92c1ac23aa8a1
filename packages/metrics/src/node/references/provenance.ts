import { ENCODER_PRESETS } from '../../encoder/encoder-settings.js';
import { inceptionDetector } from '../../inception/inception-extractor.js';
import { INCEPTION_LAYERS } from '../../inception/inception-network.js';
import { INCEPTION_RULE_NAMES, inceptionRuleOf } from '../../inception/inception-rules.js';
import type { ReferenceStatistics } from '../../reference.js';

/** What is known about a file of statistics from outside of it. */
export interface Provenance {
  /**
   * Who made it: a program (`edm`, `pytorch-fid`, `clean-fid`, ...), a preset of encoders (`dinov2-edm2`), or the name of a
   * detector. Left out, the file has to say so; otherwise it is assumed.
   */
  madeBy?: string;
  /** The detector that the statistics will be compared with, which is assumed where nothing is known. */
  detector?: { name: string; featureDim: number };
}

/** Values of `madeBy`, for help and messages. */
export const MADE_BY_CHOICES = `${[...INCEPTION_RULE_NAMES, ...Object.keys(ENCODER_PRESETS)].join(', ')}, or the name of a detector`;

/** Names that programs give their files, and the program. */
const NAMED: readonly (readonly [RegExp, string])[] = [
  [/_clean(?:_[a-z]+)?_(?:train|test|val|trainfull|trainval|custom|split)\w*_(?:\d+|na)$/i, 'clean-fid'],
  [/_legacy_pytorch_\w+_(?:\d+|na)$/i, 'pytorch-fid'],
  [/_legacy_tensorflow_\w+_(?:\d+|na)$/i, 'edm'],
  [/inception-v3-compat/i, 'torch-fidelity'],
];

type DetectorOf = Pick<ReferenceStatistics, 'detector' | 'provenance'>;

/**
 * Finds the detector of statistics that do not name it.
 *
 * @param name of the file, without its ending
 * @param dim length of the feature vectors
 * @param source path of the file, for messages
 * @throws if what was stated does not fit the length, or nothing can be assumed
 */
export function findDetector(name: string, dim: number, source: string, { madeBy, detector }: Provenance): DetectorOf {
  if (madeBy !== undefined) return { detector: statedDetector(madeBy, dim, source), provenance: 'stated' };
  if (dim === INCEPTION_LAYERS['2048']) {
    const hint = NAMED.find(([pattern]) => pattern.test(name))?.[1];
    const rule = inceptionRuleOf(hint ?? 'edm')!;
    const isGiven = hint === undefined && detector?.featureDim === dim;
    return { detector: isGiven ? detector.name : inceptionDetector(rule), provenance: 'assumed' };
  }
  if (detector?.featureDim === dim) return { detector: detector.name, provenance: 'assumed' };
  throw new Error(
    `${source} has statistics of ${dim} features and does not name the detector that made them. State it with --ref-made-by ` +
      '(in a program: madeBy), or pass that detector.',
  );
}

function statedDetector(madeBy: string, dim: number, source: string): string {
  const rule = inceptionRuleOf(madeBy);
  if (rule === null) return ENCODER_PRESETS[madeBy]?.name ?? madeBy;
  if (dim === INCEPTION_LAYERS['2048']) return inceptionDetector(rule);
  throw new Error(
    `${source} has statistics of ${dim} features, and ${madeBy} makes ${INCEPTION_LAYERS['2048']}: another program made it.`,
  );
}

/**
 * Says how the detector of statistics is known, in one line. Null where the file recorded it.
 *
 * @param path of the file
 */
export function describeProvenance(path: string, { detector, provenance }: ReferenceStatistics): string | null {
  if (provenance !== 'assumed') return null;
  return (
    `${path} does not say which detector and resizing made it: ${detector} is assumed. If that is wrong, so are the numbers; ` +
    `state it with --ref-made-by (${MADE_BY_CHOICES}).`
  );
}
