import { fileURLToPath } from 'node:url';
import { startBackend } from '@onestep/backends';
import { generateImages, sampleImages, type DenoiserGenerator } from '@onestep/diffusion-core';
import { readSafetensors } from '@onestep/checkpoint/node';
import { openNetwork } from '../src/networks/open-network.js';

/** What the pages' pictures may differ by from those of Node, on other engines. */
export const TOLERANCE = 1e-3;

/** A shipped network's file. */
export const asset = (name: string) =>
  fileURLToPath(new URL(`../../cli/assets/fashion-mnist-${name}.safetensors`, import.meta.url));

/** The student's and the teacher's picture of a seed and a class, as the command line makes them. */
export async function picturesInNode(seed: number, classIndex: number) {
  await startBackend('ort');
  const { generator } = (await opened('student')) as { generator: DenoiserGenerator };
  const { network: denoiser } = await opened('teacher');
  const picture = { seeds: [seed], classIndex };
  const student = await generateImages({ generator, ...picture });
  return { student, teacher: (await sampleImages({ denoiser, ...picture })).images };
}

async function opened(name: string) {
  return openNetwork(await readSafetensors(asset(name)), name);
}
