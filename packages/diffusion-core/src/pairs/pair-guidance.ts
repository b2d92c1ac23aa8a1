import { encodePrompts } from '../conditions/prompts.js';
import type { Labeled } from '../conditions/training-labels.js';
import { isNetwork, type Denoiser } from '../denoiser.js';
import type { Guidance } from '../guidance/guidance.js';
import { describeScale, guidanceScale, isScaleRange, type GuidanceScale } from '../guidance/guidance-scale.js';
import { PIXEL_LIMITS, type PixelLimit } from '../guidance/limit-pixels.js';

/** The guidance that the images of pairs were made with. JSON. */
export interface PairGuidance {
  scale: number;
  /** Noise levels with guidance; null for all. */
  interval: readonly [low: number, high: number] | null;
  limit: PixelLimit | null;
  /** Digest of the weaker network that guided; null for the images without a label, `unknown` for one without weights. */
  weaker: string | null;
  /** The label vector that guidance moved away from, such as that of a negative prompt; left out, the null label. */
  negative?: readonly number[];
}

/**
 * The guidance of pairs, as it is recorded with them.
 *
 * @param digest that of the weaker network, if there is one and it has weights
 * @throws RangeError if the guidance is a range of scales: the images of a pair have one
 */
export function describePairGuidance(
  { scale, interval, limit, weaker, negative }: Guidance,
  digest: string | null,
): PairGuidance {
  if (isScaleRange(scale))
    throw new RangeError(`Pairs are made with one scale of guidance, not ${describeScale(scale)}.`);
  const by = weaker === undefined ? null : isNetwork(weaker) ? digest : 'unknown';
  return {
    scale,
    interval: interval ?? null,
    limit: limit ?? null,
    weaker: by,
    ...(negative !== undefined && { negative: Array.from(negative) }),
  };
}

/** Whether a value of JSON is a {@link PairGuidance}. */
export function isPairGuidance(value: unknown): value is PairGuidance {
  const { scale, interval, limit, weaker, negative } = Object(value) as Partial<Record<keyof PairGuidance, unknown>>;
  const isInterval = interval === null || isScaleRange(interval);
  const isLimit = limit === null || Object.hasOwn(PIXEL_LIMITS, String(limit));
  return (
    typeof scale === 'number' &&
    Number.isFinite(scale) &&
    isInterval &&
    isLimit &&
    (weaker === null || typeof weaker === 'string') &&
    (negative === undefined || (Array.isArray(negative) && negative.every(Number.isFinite)))
  );
}

/**
 * Checks that pairs that a student learns in addition are images of the guided teacher, as those of its method are.
 *
 * @param pairs what the pairs were made with; undefined for no guidance
 * @param options of the method, complete
 * @param networks the teacher, and the weaker network that guides it, if there is one
 * @throws RangeError if the two are not guided alike, or the teacher does not know the negative prompt
 */
export function checkPairGuidance(
  pairs: PairGuidance | undefined,
  options: { guidance?: unknown; guidanceInterval?: unknown; guidanceLimit?: unknown; negativePrompt?: unknown },
  { teacher, weaker }: { teacher: Labeled; weaker?: Denoiser },
): void {
  const own = guidanceScale.accepts(options.guidance) ? (options.guidance as GuidanceScale) : 1;
  const theirs = pairs?.scale ?? 1;
  const isPlain = own === 1 && theirs === 1;
  const { guidanceInterval: interval = null, guidanceLimit: limit = null } = options;
  const { negativePrompt } = options;
  const negative = typeof negativePrompt === 'string' ? Array.from(encodePrompts(teacher, [negativePrompt])) : null;
  const isByWeaker = weaker !== undefined;
  const wanted = { scale: own, interval, limit, negative, isByWeaker };
  const made = {
    scale: theirs,
    interval: pairs?.interval ?? null,
    limit: pairs?.limit ?? null,
    negative: pairs?.negative ?? null,
    isByWeaker: (pairs?.weaker ?? null) !== null,
  };
  if (isPlain || JSON.stringify(wanted) === JSON.stringify(made)) return;
  const theirGuidance = pairs === undefined ? 'without guidance' : `with guidance ${describe(made)}`;
  const ownGuidance = own === 1 ? 'no guidance' : `guidance ${describe(wanted)}`;
  throw new RangeError(
    `Guidance moves images away from those of pairs: these were made ${theirGuidance}, and the method has ${ownGuidance}. Make ` +
      'pairs with the guidance of the method, or leave the regression out.',
  );
}

/** Guidance in words, for a message. */
function describe({
  scale,
  interval,
  limit,
  negative,
  isByWeaker,
}: {
  scale: GuidanceScale;
  interval: unknown;
  limit: unknown;
  negative: readonly number[] | null;
  isByWeaker: boolean;
}): string {
  const further = [
    isByWeaker ? ' by a weaker network' : '',
    interval === null ? '' : ` from ${(interval as number[]).join(' to ')}`,
    limit === null ? '' : ` (${String(limit)})`,
    negative === null ? '' : ' away from a negative prompt',
  ];
  return describeScale(scale) + further.join('');
}
