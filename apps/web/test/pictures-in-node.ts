import { fileURLToPath } from 'node:url';
import { createGenerator, loadTeacher, MODELS, openNetwork } from 'onestep';
import {
  generateImages,
  guideDenoiser,
  requireDenoiser,
  sampleImages,
  WordEncoder,
  type SynthesisChoice,
  type WordEncoderSettings,
} from '@onestep/diffusion-core';

/** What the pages' pictures may differ by from those of Node, on other engines. */
export const TOLERANCE = 1e-3;

/** The file of a network that comes with the page. */
export const asset = (role: 'generator' | 'teacher') => fileURLToPath(MODELS['fashion-mnist'][role].url);

/** The picture of a generator in a file, in several steps, as the command line makes it. */
export async function pictureInSteps(file: Uint8Array, seed: number, classIndex: number, steps: number) {
  const generator = createGenerator(await openNetwork(file, { engine: 'ort' }))!;
  return generateImages({ generator, seeds: [seed], classIndex, steps });
}

/** The student's and the teacher's picture of a seed and a class, as the command line makes them. */
export async function picturesInNode(seed: number, classIndex: number) {
  const picture = { seeds: [seed], classIndex };
  const generator = createGenerator(await openNetwork('fashion-mnist', { engine: 'ort' }))!;
  const { network: denoiser } = await loadTeacher('fashion-mnist');
  const student = await generateImages({ generator, ...picture });
  return { student, teacher: (await sampleImages({ denoiser, ...picture })).images };
}

/** The picture of a GAN in a file, as the command line makes it. */
export async function pictureOfGan(file: Uint8Array, seed: number, classIndex: number, choice: SynthesisChoice) {
  const generator = createGenerator(await openNetwork(file, { engine: 'ort' }), choice)!;
  return generateImages({ generator, seeds: [seed], classIndex });
}

/** The pictures of a caption, of a student and, with guidance, of a teacher in files, as the command line makes them. */
export async function picturesOfWords(
  files: { student: Uint8Array; teacher: Uint8Array },
  encoder: WordEncoderSettings,
  { seed, caption, guidance }: { seed: number; caption: string; guidance: number },
) {
  const picture = { seeds: [seed], label: Array.from(new WordEncoder(encoder).encode(caption)) };
  const generator = createGenerator(await openNetwork(files.student, { engine: 'ort' }))!;
  const { network } = await openNetwork(files.teacher, { engine: 'ort' });
  const denoiser = guideDenoiser(requireDenoiser(network), { scale: guidance });
  const student = await generateImages({ generator, ...picture });
  return { student, teacher: (await sampleImages({ denoiser, ...picture })).images };
}
