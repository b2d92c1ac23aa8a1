import { isNetwork, type Denoiser } from '../denoiser.js';
import { encodePrompts } from '../conditions/prompts.js';
import { number, numberList, oneOf, text, type Check } from '../method/option-checks.js';
import { option, type OptionsOf, type OptionTable } from '../method/option-table.js';
import type { Guidance } from './guidance.js';
import { describeScale, guidanceScale, type GuidanceScale } from './guidance-scale.js';
import { PIXEL_LIMITS, type PixelLimit } from './limit-pixels.js';

const levels = numberList({ min: 0 });
const isInterval = (value: unknown) =>
  levels.accepts(value) && (value as number[]).length === 2 && (value as number[])[0]! < (value as number[])[1]!;

/** Two noise levels, the lower one first. */
const interval: Check<readonly [number, number]> = {
  expected: 'two noise levels, the lower one first, such as 0.3,5',
  placeholder: 'low,high',
  accepts: isInterval,
  parse(text) {
    const parsed = levels.parse(text);
    return isInterval(parsed) ? (parsed as unknown as [number, number]) : undefined;
  },
};

/** Options of guidance that do not depend on its scale. */
export const GUIDANCE_LIMITS = {
  /** Noise levels with guidance; null for all. */
  guidanceInterval: option<readonly [number, number] | null>({
    default: null,
    check: interval,
    help: 'noise levels with guidance',
    unset: 'all',
  }),
  /** What becomes of the pixels of guided images outside of [-1, 1]; null for nothing. */
  guidanceLimit: option<PixelLimit | null>({
    default: null,
    check: oneOf(PIXEL_LIMITS),
    help: 'what becomes of pixels of guided images outside of [-1, 1]: clipped, or divided by a dynamic threshold',
    unset: 'they stay',
  }),
  /** What guidance moves away from, in words, for a network that takes captions; null for images without a label. */
  negativePrompt: option<string | null>({
    default: null,
    check: text(),
    help: 'what guidance moves away from, in words, for a network that takes captions',
    unset: 'images without a caption',
  }),
};

/** Options of guidance by one scale, such as that of a sampler. */
export const SAMPLING_GUIDANCE_OPTIONS = {
  /** w of D_0 + w (D_1 - D_0); null for no guidance. */
  guidance: option<number | null>({
    default: null,
    check: number(),
    help: 'scale of guidance: 1 is none, larger ones follow the labels more closely',
    unset: 'none',
    flag: { placeholder: 'w' },
  }),
  ...GUIDANCE_LIMITS,
};

/** Options of the teacher's guidance in a distillation. */
export const GUIDANCE_OPTIONS = {
  /** w of D_0 + w (D_1 - D_0), or the range of scales that the student takes as an input; null for no guidance. */
  guidance: option<GuidanceScale | null>({
    default: null,
    check: guidanceScale,
    help:
      "scale of the teacher's guidance: 1 is none, larger ones follow the labels more closely; or a range such as 1,4, from which the " +
      'student takes its scale as an input',
    unset: 'none',
  }),
  ...GUIDANCE_LIMITS,
};

/** Options of guidance. */
export type GuidanceOptions = OptionsOf<typeof GUIDANCE_OPTIONS>;

/**
 * Checks that options about guidance, whose names begin with `guidance`, and a negative prompt have an effect.
 *
 * @param isByWeaker whether a weaker network guides. Default: false
 * @throws RangeError naming one that has no effect without a scale, or excludes another one, and for a weaker network where there
 *   is no guidance
 */
export function checkGuidanceOptions(
  table: OptionTable,
  options: Readonly<Record<string, unknown>>,
  isByWeaker = false,
): void {
  if (!Object.hasOwn(table, 'guidance')) {
    if (isByWeaker) throw new RangeError('A weaker network has no effect in a method without guidance: leave it out.');
    return;
  }
  const isAbout = (name: string) => /^guidance.|^negativePrompt$/.test(name);
  const given = Object.keys(table).find((name) => isAbout(name) && options[name] !== table[name]!.default);
  const isGuided = options.guidance !== null;
  if (!isGuided && given !== undefined)
    throw new RangeError(`${given} has no effect without guidance: give its scale.`);
  if (!isGuided && isByWeaker) {
    throw new RangeError('A weaker network has no effect without guidance: give its scale.');
  }
  if (isByWeaker && (options.negativePrompt ?? null) !== null) {
    throw new RangeError(
      'negativePrompt and a weaker network both say what guidance moves away from: give one of them.',
    );
  }
}

/**
 * The guidance that options describe.
 *
 * @param guided the network that is guided
 * @param weaker the network that guides; left out, the guided network itself without labels, or with those of the negative prompt
 * @returns undefined for none
 * @throws RangeError naming an option that has no effect without a scale, or a negative prompt that the network does not take
 */
export function guidanceOf(options: GuidanceOptions, guided: Denoiser, weaker?: Denoiser): Guidance | undefined {
  checkGuidanceOptions(GUIDANCE_OPTIONS, options, weaker !== undefined);
  if (options.guidance === null) return undefined;
  return { scale: options.guidance, weaker, ...limitsOf(options, guided) };
}

/**
 * The entry of a generator's record about the guidance that it was trained with: its scale, or the range of those that it takes.
 *
 * @param options of a method, complete
 */
export function recordGuidance({ guidance }: { guidance?: unknown }): { guidance?: GuidanceScale } {
  return guidanceScale.accepts(guidance) ? { guidance: guidance as GuidanceScale } : {};
}

/** Guidance as a part of the name of a run's folder: `-guidance2`, `-guidance1to4`; empty for none. */
export function guidanceTag({ guidance }: { guidance?: unknown }): string {
  return guidanceScale.accepts(guidance)
    ? `-guidance${describeScale(guidance as GuidanceScale).replaceAll(' ', '')}`
    : '';
}

/**
 * The part of a {@link Guidance} that does not depend on the scale.
 *
 * @param guided the network that is guided
 * @throws RangeError if it does not take captions, and there is a negative prompt, or it knows no word of it
 */
export function limitsOf(
  { guidanceInterval, guidanceLimit, negativePrompt }: OptionsOf<typeof GUIDANCE_LIMITS>,
  guided: Denoiser,
): Pick<Guidance, 'interval' | 'limit' | 'negative'> {
  return {
    interval: guidanceInterval ?? undefined,
    limit: guidanceLimit ?? undefined,
    negative: negativePrompt === null ? undefined : encodeNegative(guided, negativePrompt),
  };
}

function encodeNegative(guided: Denoiser, prompt: string): Float32Array {
  try {
    return encodePrompts(guided, [prompt]);
  } catch (error) {
    throw error instanceof RangeError ? new RangeError(`negativePrompt: ${error.message}`) : error;
  }
}

/**
 * A warning about a teacher that was never trained without labels; undefined where there is none.
 *
 * @param negativePrompt compared with in place of images without a label
 */
export function warnOfGuidance(
  teacher: Denoiser,
  weaker?: Denoiser,
  negativePrompt: string | null = null,
): string | undefined {
  if (
    weaker !== undefined ||
    (negativePrompt ?? '').trim() !== '' ||
    (isNetwork(teacher) && (teacher.labelDropout ?? 0) > 0)
  )
    return undefined;
  return 'guidance compares with images without a label, which this teacher never saw: it was trained without label dropout.';
}
