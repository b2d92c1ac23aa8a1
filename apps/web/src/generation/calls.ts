import type { NoiseMode, WordEncoderSettings } from '@onestep/diffusion-core';
import type { ModelName } from 'onestep';
import type { EngineName } from '../engine/engine-name.js';
import type { Call } from '../rpc/messages.js';

/** The format and the classes of a network's images. */
export interface ImageKind {
  /** Height and width. */
  size: number;
  channels: number;
  /** Length of a label vector; 0 if unconditional. */
  labelDim: number;
  /** Names of the classes in label order; empty for a network without classes. */
  classNames: readonly string[];
}

/** A network that has been loaded. */
export interface NetworkCard extends ImageKind {
  role: 'generator' | 'teacher';
  /** Whether its file does not say which role it has. */
  isRoleAssumed: boolean;
  name: string;
  parameters: number;
  /** Whether its latents are something else than images of noise, as a GAN's are; false for a diffusion model. */
  ownLatents: boolean;
  /** Whether further steps can refine its images; false for a diffusion model. */
  severalSteps: boolean;
  /** Whether it is a student that was trained for one step only. */
  isTrainedForOneStep: boolean;
  /** A label vector that occurred in training, for a network that takes vectors. */
  exampleLabel?: readonly number[];
  /** Whether its file does not state the kind of its labels, and classes are assumed. */
  areClassesAssumed: boolean;
  /** What makes label vectors of words, for a network that takes captions; and captions that occurred in training. */
  captions?: { encoder: WordEncoderSettings; examples: readonly string[] };
  /** Name of the text encoder that makes its label vectors, where that is not part of its file. */
  textEncoder?: string;
  /** How its file says that images are made, for a GAN with a mapping network. */
  synthesis?: Synthesis;
  /** Scales of guidance that it takes as an input: the lowest and the highest. Left out, it has no such input. */
  guidanceRange?: readonly [low: number, high: number];
  /** The only scale of guidance that it was trained with, if its file names one. */
  trainedGuidance?: number;
  /** Whether a diffusion model can be guided by its images without a label, which it saw in training. */
  canBeGuided: boolean;
}

/** How a GAN with a mapping network makes its images. */
export interface Synthesis {
  /** Truncation psi. */
  psi: number;
  /** Noise of its layers. */
  noise: NoiseMode;
}

/** An image to generate: a seed, or a point between two: `mix`, from 0 to 1, on the great circle between their latents. */
export interface ImageRequest {
  seed: number;
  between?: { seed: number; mix: number };
  /** Left out for a network without classes. */
  classIndex?: number;
  /** The label vector, for a network that takes vectors; left out, one that occurred in training, drawn by the seed. */
  label?: readonly number[];
  /** Number of steps; left out, 1. More are for a student with `severalSteps`. */
  steps?: number;
  /** Left out, that of the file. For a GAN. */
  synthesis?: Synthesis;
  /** Scale of guidance of the teacher, and of a student that takes it as an input; left out, 1 and the middle of its range. */
  guidance?: number;
}

/** The image of a seed in each class. */
export type ClassesRequest = Pick<ImageRequest, 'seed' | 'steps' | 'synthesis' | 'guidance'>;

/** An image with what it cost. */
export interface MadeImage {
  /** [H, W, C] in [-1, 1], not clipped. */
  pixels: Float32Array;
  milliseconds: number;
  /** Network evaluations per image. */
  evaluations: number;
}

/** An image with the latent it was made from: [H, W, C], standard normal, unless the network has latents of its own. */
export interface ImageOfNoise extends MadeImage {
  latent: Float32Array;
  /** The image of the generator before it was refined, if there is one. */
  before?: MadeImage;
}

/** The network to load: a file, or one that comes with the page. */
export type NetworkChoice = File | { address: string } | { model: ModelName; role: NetworkCard['role'] };

/** How many bytes of a network have arrived, or why its file could not be kept on this device. */
export type LoadEvent = { done: number; total: number | null } | { notKept: string };

/** The teacher after a step. */
export interface RaceStep {
  done: number;
  steps: number;
  evaluations: number;
  milliseconds: number;
  /** The image so far, scaled to the contrast of an image. */
  pixels: Float32Array;
}

/** The calls that the worker of the first page answers. */
export interface GenerationCalls {
  /** Starts an engine, and returns its description. Networks have to be loaded after it. */
  start: Call<EngineName, string>;
  /**
   * Loads a network. It replaces the network of its role; a generator `isBefore` is the one that the student was before it was
   * refined, and any other takes that away.
   */
  load: Call<{ choice: NetworkChoice; isBefore?: boolean }, NetworkCard, LoadEvent>;
  generate: Call<ImageRequest, ImageOfNoise>;
  /** The image of a seed in each class, for a student with few classes, [classes, H, W, C]. */
  generateClasses: Call<ClassesRequest, MadeImage>;
  /** The teacher's image, step by step. */
  sample: Call<ImageRequest, MadeImage, RaceStep>;
  /** The student's image, then the teacher's with all its steps; each alone on the engine. */
  race: Call<ImageRequest, MadeImage, { student: MadeImage } | { teacher: RaceStep }>;
  /** Images per second of the student, in batches. */
  measure: Call<{ batch: number; seconds: number }, { images: number; seconds: number }>;
}
