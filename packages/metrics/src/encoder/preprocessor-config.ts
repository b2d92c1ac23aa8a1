import type { EncoderSettings } from './encoder-settings.js';

/** Number of bicubic resampling in Pillow, the usual one of CLIP's processor. */
const BICUBIC = 3;
/** Pixels of [0, 1] as they are. */
const UNCHANGED = { mean: [0, 0, 0], std: [1, 1, 1] } as const;

/** The fields of a `preprocessor_config.json` that say how images are taken. */
interface PreprocessorConfig {
  do_resize?: boolean;
  do_center_crop?: boolean;
  do_normalize?: boolean;
  do_rescale?: boolean;
  rescale_factor?: number;
  image_mean?: unknown;
  image_std?: unknown;
  resample?: number;
  size?: number | { shortest_edge?: number; height?: number; width?: number };
  crop_size?: number | { height?: number; width?: number };
}

/**
 * Reads how an encoder takes images from the contents of a `preprocessor_config.json`, which comes with CLIP, SigLIP and others:
 * resized by Pillow's bicubic, the shorter side for CLIP, and then the middle cut out; pixels v become (v / 255 - mean) / std.
 * The middle is that of torchvision and of OpenAI's program.
 *
 * @param name of the encoder
 * @param source the file's name, for messages
 * @throws naming the file, and the field that is missing or asks for something else
 */
export function parsePreprocessorConfig(json: unknown, name: string, source: string): EncoderSettings {
  const fail = (what: string): never => {
    throw new Error(
      `${source}: ${what}. Write the settings of the encoder yourself: {"name": ${JSON.stringify(name)}, "input": 224, "mean": [0.5, 0.5, ` +
        '0.5], "std": [0.5, 0.5, 0.5], "resize": "pillow-bicubic"}.',
    );
  };
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return fail('not a JSON object');
  const config = json as PreprocessorConfig;
  const { do_resize = true, do_center_crop = false, do_normalize = true, do_rescale = true } = config;
  const { rescale_factor = 1 / 255, resample = BICUBIC, size, crop_size } = config;
  if (!do_resize) return fail('do_resize is false, so that the size of the input is not known');
  if (!do_rescale || Math.abs(rescale_factor * 255 - 1) > 1e-3) return fail('it does not divide pixels by 255');
  if (resample !== BICUBIC) return fail(`resample is ${resample}, and only 3 (bicubic) is known here`);
  const given = Object(size) as { shortest_edge?: number; height?: number; width?: number };
  const shortest = typeof size === 'number' && do_center_crop ? size : given.shortest_edge;
  const crop = typeof crop_size === 'number' ? crop_size : Object(crop_size).height;
  const side = shortest ?? (typeof size === 'number' ? size : given.height);
  if (!(Number.isSafeInteger(side) && side! > 0)) return fail('size is missing');
  if (shortest === undefined && typeof size !== 'number' && given.width !== side) {
    return fail(`size is ${given.width}x${side}, and inputs are square here`);
  }
  if (do_center_crop && crop === undefined) return fail('crop_size is missing');
  if (do_center_crop ? crop !== side : shortest !== undefined) {
    const resized = shortest === undefined ? `images become ${side}x${side}` : `the shorter side becomes ${side}`;
    const then = do_center_crop ? `the middle of ${crop} is cut out` : 'nothing is cut out';
    return fail(`${resized} and ${then}; only the same number is known here`);
  }
  const three = (value: unknown, field: string): [number, number, number] => {
    const isThree = Array.isArray(value) && value.length === 3 && value.every((each) => Number.isFinite(each));
    return isThree ? (value as [number, number, number]) : fail(`${field} is not three numbers`);
  };
  const { mean, std } = do_normalize
    ? { mean: three(config.image_mean, 'image_mean'), std: three(config.image_std, 'image_std') }
    : UNCHANGED;
  if (std.some((value) => value <= 0)) return fail('image_std has a number that is not above 0');
  const fit = shortest === undefined ? 'stretch' : 'crop';
  return { name, input: side!, mean, std, resize: 'pillow-bicubic', fit, layout: 'NCHW', output: null };
}
