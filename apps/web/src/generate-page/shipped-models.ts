import type { NetworkChoice } from '../generation/calls.js';

/** A model that comes with the page. */
export interface ShippedModel {
  /** Its name in the page's address. */
  id: string;
  title: string;
  /** What it is, in a sentence. */
  about: string;
  generator: NetworkChoice;
  teacher?: NetworkChoice;
  /** What the generator was before it was refined: its pictures are shown next to it. */
  before?: NetworkChoice;
  /** Whether it takes captions, which the page makes room for before it is loaded. */
  takesCaptions?: boolean;
}

/** Addresses of the files in `assets/models`, by their names without `.safetensors`. */
const FILES = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>('../../assets/models/*.safetensors', { query: '?url', import: 'default', eager: true }),
  ).map(([path, address]) => [path.replace(/^.*\/(.*)\.safetensors$/, '$1'), address]),
);

const FASHION_MNIST: ShippedModel = {
  id: 'fashion-mnist',
  title: 'Student of a diffusion model',
  about: 'It makes pictures of Fashion-MNIST in one step, and races its teacher below.',
  generator: { model: 'fashion-mnist', role: 'generator' },
  teacher: { model: 'fashion-mnist', role: 'teacher' },
};

const GAN: ShippedModel = {
  id: 'fashion-mnist-gan',
  title: 'StyleGAN2 on Fashion-MNIST',
  about: 'A GAN, which has no teacher. Its latents are 128 numbers: walk through them.',
  generator: { model: 'fashion-mnist-gan', role: 'generator' },
};

const REFINED_GAN: ShippedModel = {
  id: 'fashion-mnist-gan-refined',
  title: 'The same, refined by Diff-Instruct',
  about: 'What a diffusion model taught it: before and after, from the same latent.',
  generator: { model: 'fashion-mnist-gan-refined', role: 'generator' },
  before: GAN.generator,
};

/** Models of files in `assets/models`. One without its files is not offered. */
const OF_FILES: readonly (Omit<ShippedModel, 'generator'> & Partial<ShippedModel>)[] = [
  {
    id: 'shapes-boot',
    title: 'Words to pictures, BOOT',
    about: 'A picture for every key that you press, in one network call.',
    generator: file('shapes-boot'),
    teacher: file('shapes-teacher'),
    takesCaptions: true,
  },
  {
    id: 'shapes-sid',
    title: 'Words to pictures, SiD',
    about: 'A picture for every key that you press, in one network call.',
    generator: file('shapes-sid'),
    teacher: file('shapes-teacher'),
    takesCaptions: true,
  },
  {
    id: 'shapes-diff-instruct',
    title: 'Words to pictures, Diff-Instruct',
    about: 'A picture for every key that you press, in one network call.',
    generator: file('shapes-diff-instruct'),
    teacher: file('shapes-teacher'),
    takesCaptions: true,
  },
  {
    id: 'emoji-boot',
    title: 'Names to emoji, BOOT',
    about: 'It knows the 169 smileys and hearts of Noto Emoji by their names.',
    generator: file('emoji-boot'),
    teacher: file('emoji-teacher'),
    takesCaptions: true,
  },
  {
    id: 'emoji-diff-instruct',
    title: 'Names to emoji, Diff-Instruct',
    about: 'It knows the 169 smileys and hearts of Noto Emoji by their names.',
    generator: file('emoji-diff-instruct'),
    teacher: file('emoji-teacher'),
    takesCaptions: true,
  },
];

/** The models that come with the page; the first one is loaded where the address names none. */
export const SHIPPED_MODELS: readonly ShippedModel[] = [
  FASHION_MNIST,
  GAN,
  REFINED_GAN,
  ...OF_FILES.filter((model): model is ShippedModel => model.generator !== undefined),
];

function file(name: string): NetworkChoice | undefined {
  const address = FILES[name];
  return address === undefined ? undefined : { address: new URL(address, location.href).href };
}
