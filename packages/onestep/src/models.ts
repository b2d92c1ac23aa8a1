/** Quality of a model's images. */
export interface ModelQuality {
  /** Fréchet distance between the features of generated and of real images; lower is better. */
  fid: number;
  /** Inception Score; higher is better. */
  is: number;
  /** Number of generated images that were measured. */
  images: number;
  /** Network evaluations per image. */
  evaluations: number;
  /** The network whose features were compared. Numbers of different detectors cannot be compared. */
  detector: string;
  /** The real images. */
  reference: string;
}

/** A file of a model, with its card. */
export interface ModelFile {
  /** Its name in the package's folder `assets`. */
  file: string;
  /** Its address: of a file in Node, of the emitted asset in a bundle. */
  url: URL;
  /** The network, in a few words. */
  network: string;
  /** Its training, in a few words. */
  training: string;
  quality: ModelQuality;
}

/** A model that comes with the package. The complete card is `assets/README.md`. */
export interface Model {
  title: string;
  /** The training data, and its license. */
  data: string;
  /** License of the weights. */
  license: string;
  /** Height and width of the images, in pixels. */
  resolution: number;
  channels: number;
  /** Number of parameters of each network. */
  parameters: number;
  /** The diffusion model that it was distilled from; null for a GAN. */
  teacher: ModelFile | null;
  /** The one-step generator. */
  generator: ModelFile;
}

/** A one-step generator and the diffusion model that it was distilled from. */
export interface DistilledModel extends Model {
  teacher: ModelFile;
}

const FASHION_MEASURED = {
  images: 10_000,
  detector: 'fashion-mnist-cnn-v0',
  reference: 'the 60,000 training images',
};

const GAN_PARAMETERS = 436_891;

const FASHION = {
  data: 'Fashion-MNIST (https://github.com/zalandoresearch/fashion-mnist, Zalando SE, MIT license), padded with zeros',
  license: 'Apache-2.0',
  resolution: 32,
  channels: 1,
};

/** The names of the models that come with the package. */
export type ModelName = 'fashion-mnist' | 'fashion-mnist-gan' | 'fashion-mnist-gan-refined';

/** The models that come with the package, by the names that `loadGenerator` and `loadTeacher` take. */
export const MODELS: Readonly<
  { 'fashion-mnist': DistilledModel } & Record<Exclude<ModelName, 'fashion-mnist'>, Model>
> = {
  'fashion-mnist': {
    ...FASHION,
    title: 'Fashion-MNIST, 32x32 grayscale, ten classes',
    parameters: 754_433,
    teacher: {
      file: 'fashion-mnist-teacher.safetensors',
      url: new URL('../assets/fashion-mnist-teacher.safetensors', import.meta.url),
      network: 'EDM preconditioning, DDPM++ UNet with 16 channels',
      training: 'EDM on the 60,000 training images with labels, 861 kimg',
      quality: { fid: 0.198, is: 7.56, evaluations: 35, ...FASHION_MEASURED },
    },
    generator: {
      file: 'fashion-mnist-student.safetensors',
      url: new URL('../assets/fashion-mnist-student.safetensors', import.meta.url),
      network: 'the teacher’s, evaluated once at a noise level of 2.5',
      training: 'Diff-Instruct from the teacher, without data, 90 kimg, then SiDA with the training images, 51 kimg',
      quality: { fid: 0.131, is: 7.93, evaluations: 1, ...FASHION_MEASURED },
    },
  },
  'fashion-mnist-gan': {
    ...FASHION,
    title: 'A GAN of Fashion-MNIST, 32x32 grayscale, ten classes',
    parameters: GAN_PARAMETERS,
    teacher: null,
    generator: {
      file: 'fashion-mnist-gan.safetensors',
      url: new URL('../assets/fashion-mnist-gan.safetensors', import.meta.url),
      network: 'StyleGAN2, latents of 128 numbers',
      training: 'StyleGAN2 on the 60,000 training images with labels, 400 kimg',
      quality: { fid: 0.711, is: 8.12, evaluations: 1, ...FASHION_MEASURED },
    },
  },
  'fashion-mnist-gan-refined': {
    ...FASHION,
    title: 'The GAN of Fashion-MNIST, refined by Diff-Instruct',
    parameters: GAN_PARAMETERS,
    teacher: null,
    generator: {
      file: 'fashion-mnist-gan-refined.safetensors',
      url: new URL('../assets/fashion-mnist-gan-refined.safetensors', import.meta.url),
      network: 'StyleGAN2, latents of 128 numbers',
      training: 'from fashion-mnist-gan, Diff-Instruct with the teacher of fashion-mnist, without data, 8 kimg',
      quality: { fid: 0.622, is: 7.94, evaluations: 1, ...FASHION_MEASURED },
    },
  },
};

/** Finds a model by its name; undefined if there is none. */
export function findModel(name: string): Model | undefined {
  return Object.hasOwn(MODELS, name) ? MODELS[name as ModelName] : undefined;
}
