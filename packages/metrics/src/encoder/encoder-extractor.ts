import type { FeatureExtractor, ImageFeatures } from '../feature-extractor.js';
import type { PixelImage } from '../resize/pixel-image.js';
import { RESIZE_RULES, resizeToSquare } from '../resize/resize-rules.js';
import type { EncoderSettings } from './encoder-settings.js';

/** Numbers with their shape. */
interface ShapedNumbers {
  data: Float32Array;
  shape: readonly number[];
}

/** An input or output of a model; a length that is not a number may be any. */
interface ModelValue {
  name: string;
  type: string;
  shape: readonly (number | string)[];
}

/** What is needed of a model that runs somewhere: `openOnnx` of `@onestep/backends/onnx` returns one. */
export interface EncoderModel {
  inputs: readonly ModelValue[];
  outputs: readonly ModelValue[];
  run(
    inputs: Readonly<Record<string, ShapedNumbers>>,
    outputs: readonly string[],
  ): Promise<Record<string, ShapedNumbers>>;
}

/** Arguments of {@link EncoderExtractor.open}. */
export interface EncoderArgs {
  model: EncoderModel;
  settings: EncoderSettings;
  /** SHA-256 of the model's file, whose first digits become part of the detector's name. */
  checksum: string;
  /** The file's name, for messages. */
  source: string;
}

/** Images passed through a model at a time, where it takes any number. */
const BATCH = 16;
const CHANNELS = 3;
/** The output of the usual exports of CLIP that captions are compared with. */
const USUAL_OUTPUT = 'image_embeds';
/** Digits of the checksum in the name. */
const DIGITS = 8;

/**
 * An image encoder as the detector of a Fréchet distance: DINOv2 (FD-DINOv2, Stein et al. 2023), CLIP (CLIP-FD, Kynkäänniemi
 * et al. 2023), or any other network from pictures to vectors. It has no class probabilities, so there is no Inception Score.
 */
export class EncoderExtractor implements FeatureExtractor {
  readonly name: string;
  readonly resizing: string;
  readonly numClasses = 0;
  readonly imgResolution: number;
  readonly imgChannels = CHANNELS;

  private constructor(
    private readonly model: EncoderModel,
    private readonly settings: EncoderSettings,
    readonly featureDim: number,
    private readonly place: { input: string; output: string; batchSize: number; source: string },
    checksum: string,
  ) {
    this.name = `${settings.name}@${checksum.slice(0, DIGITS)}`;
    this.imgResolution = settings.input;
    const cropped = settings.fit === 'crop' ? ', the middle cut out' : '';
    this.resizing = `${RESIZE_RULES[settings.resize].about}, to ${settings.input}x${settings.input}${cropped}`;
  }

  /**
   * Checks that a model fits its settings, and runs it once on a black image to learn the length of its features.
   *
   * @throws naming the file and what does not fit
   */
  static async open({ model, settings, checksum, source }: EncoderArgs): Promise<EncoderExtractor> {
    const fail = (what: string): never => {
      throw new Error(`${source}: ${what}. Export the encoder with one image input and an output of features [N, D].`);
    };
    const [input, ...others] = model.inputs;
    if (input === undefined || others.length > 0) return fail(`the model has ${model.inputs.length} inputs`);
    if (input.type !== 'float32') return fail(`its input ${input.name} is ${input.type}, not float32`);
    const wanted = imageShape(settings);
    const fits = input.shape.slice(1).every((length, i) => typeof length !== 'number' || length === wanted[i]);
    if (input.shape.length !== 4 || !fits) {
      return fail(
        `its input ${input.name} has shape [${input.shape.join(', ')}], and the settings (input ${settings.input}, layout ` +
          `${settings.layout}) say [N, ${wanted.join(', ')}]`,
      );
    }
    const names = model.outputs.map(({ name }) => name);
    const usual = names.find((name) => name === USUAL_OUTPUT) ?? (names.length === 1 ? names[0]! : null);
    const output = settings.output ?? usual;
    if (output === null || !names.includes(output)) {
      return fail(`it has the outputs ${names.join(', ')}; name the one with the features in the setting "output"`);
    }
    const fixed = input.shape[0];
    const batchSize = typeof fixed === 'number' && fixed > 0 ? fixed : BATCH;
    const black = { data: new Float32Array(batchSize * product(wanted)), shape: [batchSize, ...wanted] };
    const { shape } = (await model.run({ [input.name]: black }, [output]))[output]!;
    if (shape.length !== 2 || shape[0] !== batchSize) {
      return fail(`its output ${output} has shape [${shape.join(', ')}] for ${batchSize} images`);
    }
    return new EncoderExtractor(model, settings, shape[1]!, { input: input.name, output, batchSize, source }, checksum);
  }

  prepare(image: PixelImage): Float32Array {
    const { input, resize, fit } = this.settings;
    return resizeToSquare(image, input, resize, fit);
  }

  async extract(images: Uint8Array | Float32Array, n: number): Promise<ImageFeatures> {
    const { featureDim, model, settings } = this;
    const { input, output, batchSize, source } = this.place;
    const pixels = settings.input ** 2 * CHANNELS;
    if (images.length !== n * pixels) {
      throw new Error(
        `${source}: ${n} images of ${settings.input}x${settings.input}x3 are ${n * pixels} pixels, not ${images.length}.`,
      );
    }
    const features = new Float32Array(n * featureDim);
    for (let start = 0; start < n; start += batchSize) {
      const count = Math.min(batchSize, n - start);
      const data = new Float32Array(batchSize * pixels);
      for (let i = 0; i < count; i++) {
        const image = images.subarray((start + i) * pixels, (start + i + 1) * pixels);
        normalize(image, settings, data.subarray(i * pixels, (i + 1) * pixels));
      }
      const results = await model.run({ [input]: { data, shape: [batchSize, ...imageShape(settings)] } }, [output]);
      features.set(results[output]!.data.subarray(0, count * featureDim), start * featureDim);
    }
    return { features, probabilities: new Float32Array(0) };
  }
}

/** Lengths of the axes of an image. */
function imageShape({ input, layout }: EncoderSettings): [number, number, number] {
  return layout === 'NCHW' ? [CHANNELS, input, input] : [input, input, CHANNELS];
}

/** Writes (v / 255 - mean) / std in the order of the encoder's axes. @param image [H, W, 3] */
function normalize(image: Uint8Array | Float32Array, settings: EncoderSettings, out: Float32Array): void {
  const { mean, std, layout } = settings;
  const area = image.length / CHANNELS;
  for (let i = 0, at = 0; i < area; i++) {
    for (let c = 0; c < CHANNELS; c++, at++) {
      out[layout === 'NCHW' ? c * area + i : at] = (image[at]! / 255 - mean[c]!) / std[c]!;
    }
  }
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((a, b) => a * b, 1);
}
