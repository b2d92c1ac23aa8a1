import { RESIZE_RULES, type ResizeRuleName } from '../resize/resize-rules.js';

/** How an image encoder takes images. */
export interface EncoderSettings {
  /** Name of the encoder, recorded with every number: `dinov2-vitl14/edm2`. */
  name: string;
  /** Height and width of its input, in pixels. */
  input: number;
  /** Mean of each channel; pixels v, 0 to 255, become (v / 255 - mean) / std. */
  mean: readonly [number, number, number];
  /** Standard deviation of each channel. */
  std: readonly [number, number, number];
  /** How images are resized. */
  resize: ResizeRuleName;
  /** `stretch` changes the shape of images, `crop` cuts out the middle. Default: `stretch`. */
  fit: 'stretch' | 'crop';
  /** Order of the axes of its input. Default: `NCHW`. */
  layout: 'NCHW' | 'NHWC';
  /** Name of the output that holds the features, [N, D]. Default: `image_embeds`, or its only one. */
  output: string | null;
}

const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] } as const;
const COMMON = { fit: 'stretch', layout: 'NCHW', output: null } as const;

/** Published ways to use an encoder, by name. */
export const ENCODER_PRESETS: Readonly<Record<string, EncoderSettings>> = {
  /** FD-DINOv2 of EDM2's calculate_metrics.py: DINOv2 ViT-L/14, resized by PyTorch. */
  'dinov2-edm2': {
    ...COMMON,
    ...IMAGENET,
    name: 'dinov2-vitl14/edm2',
    input: 224,
    resize: 'torch-bicubic-antialias',
  },
  /** FD-DINOv2 of dgm-eval (Stein et al. 2023): the same network, resized by Pillow. */
  'dinov2-dgm-eval': { ...COMMON, ...IMAGENET, name: 'dinov2-vitl14/dgm-eval', input: 224, resize: 'pillow-bicubic' },
  /** CLIP-FD of clean-fid: CLIP ViT-B/32's image encoder, resized and cropped as for CLIP. */
  'clip-clean-fid': {
    ...COMMON,
    name: 'clip-vit-b-32/clean-fid',
    input: 224,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    resize: 'pillow-bicubic',
    fit: 'crop',
  },
};

const FITS = ['stretch', 'crop'];
const LAYOUTS = ['NCHW', 'NHWC'];

/**
 * Reads an encoder's settings from the contents of a JSON file: the fields of {@link EncoderSettings}, or `like`, the name of
 * a preset, with the fields that differ from it.
 *
 * @param source the file's name, for messages
 * @throws naming the file and the field that is missing or not valid
 */
export function parseEncoderSettings(json: unknown, source: string): EncoderSettings {
  const fail = (what: string): never => {
    throw new Error(
      `${source}: ${what}. Expected for example {"name": "my-encoder", "input": 224, "mean": [0.5, 0.5, 0.5], "std": ` +
        `[0.5, 0.5, 0.5], "resize": "pillow-bicubic"}, or {"like": "dinov2-edm2"}.`,
    );
  };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('not a JSON object');
  const { like, ...given } = json as Record<string, unknown>;
  const preset = like === undefined ? COMMON : ENCODER_PRESETS[like as string];
  if (preset === undefined)
    return fail(`like is ${JSON.stringify(like)}, not one of ${Object.keys(ENCODER_PRESETS).join(', ')}`);
  const all = { ...preset, ...given } as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !(key in CHECKS));
  if (unknown !== undefined) return fail(`there is no setting ${unknown}, only ${Object.keys(CHECKS).join(', ')}`);
  for (const [key, { isValid, expected }] of Object.entries(CHECKS)) {
    if (!isValid(all[key])) return fail(`${key} is ${JSON.stringify(all[key])}, expected ${expected}`);
  }
  if (all.fit === 'crop' && all.resize !== 'pillow-bicubic')
    return fail('fit "crop" goes with resize "pillow-bicubic" only');
  return all as unknown as EncoderSettings;
}

const isName = (value: unknown) => typeof value === 'string' && value.trim() !== '';
const isThree = (isNumber: (value: number) => boolean) => (value: unknown) =>
  Array.isArray(value) &&
  value.length === 3 &&
  value.every((each) => Number.isFinite(each) && isNumber(each as number));

const CHECKS: Record<keyof EncoderSettings, { isValid: (value: unknown) => boolean; expected: string }> = {
  name: { isValid: isName, expected: 'a text' },
  input: {
    isValid: (value) => Number.isSafeInteger(value) && (value as number) > 0 && (value as number) <= 4096,
    expected: 'the side of the input in pixels',
  },
  mean: { isValid: isThree(() => true), expected: 'three numbers' },
  std: { isValid: isThree((value) => value > 0), expected: 'three numbers above 0' },
  resize: {
    isValid: (value) => typeof value === 'string' && Object.hasOwn(RESIZE_RULES, value),
    expected: `one of ${Object.keys(RESIZE_RULES).join(', ')}`,
  },
  fit: { isValid: (value) => FITS.includes(value as string), expected: FITS.join(' or ') },
  layout: { isValid: (value) => LAYOUTS.includes(value as string), expected: LAYOUTS.join(' or ') },
  output: { isValid: (value) => value === null || isName(value), expected: 'the name of an output' },
};
