import * as tf from '@tensorflow/tfjs-core';
import { createGenerator, MODELS, openNetwork, type OpenedNetwork, type OpenNetworkOptions } from 'onestep';
import {
  generateImages,
  isDenoiser,
  NetworkGenerator,
  requireDenoiser,
  type DenoiserNetwork,
  type Generator,
  type SavedNetwork,
} from '@onestep/diffusion-core';
import { startEngine } from '../engine/start-engine.js';
import { ModelCache } from '../models/model-cache.js';
import { nextTurn, serve } from '../rpc/serve.js';
import type { GenerationCalls, ImageRequest, NetworkChoice } from './calls.js';
import { labelOf, latentOf, makeClasses, makeImage } from './make-image.js';
import { describeNetwork } from './network-card.js';
import { runTeacher } from './teacher-run.js';

type LoadOptions = Pick<OpenNetworkOptions, 'signal' | 'onProgress'> & { onNotKept: (reason: string) => void };

interface LoadedGenerator {
  network: SavedNetwork;
  generator: Generator;
}

/** The networks that have been loaded, on the engine that runs. */
let student: LoadedGenerator | null = null;
let teacher: DenoiserNetwork | null = null;
/** What the student was before it was refined. */
let before: LoadedGenerator | null = null;

serve<GenerationCalls>({
  async start(name) {
    [student, before] = [replace(student, null), replace(before, null)];
    teacher?.module.dispose();
    teacher = null;
    return startEngine(name);
  },

  async load({ choice, isBefore = false }, emit, signal) {
    const opened = await open(choice, {
      signal,
      onProgress: (done, total) => emit({ done, total }),
      onNotKept: (notKept) => emit({ notKept }),
    });
    const { network } = opened;
    // Published students do not say what they are: they are sampled as the published scripts do.
    const initSigma = opened.record?.initSigma ?? opened.unstatedRole?.usualInitSigma;
    const generator = createGenerator(opened, isDenoiser(network) ? { initSigma } : {});
    if (generator !== null) {
      if (!isBefore) before = replace(before, null);
      // The first run of a network compiles its programs, and would be counted.
      await makeImage(generator, warmUp(network));
      if (isBefore) before = replace(before, { network, generator });
      else student = replace(student, { network, generator });
    } else {
      teacher?.module.dispose();
      teacher = requireDenoiser(network);
    }
    return describeNetwork(opened, generator);
  },

  async generate(request) {
    const image = await makeImage(requireLoaded(student, 'one-step generator').generator, request);
    return before === null ? image : { ...image, before: await makeImage(before.generator, request) };
  },

  generateClasses: (request) => makeClasses(requireLoaded(student, 'one-step generator').generator, request),

  async sample(request, emit, signal) {
    const denoiser = requireLoaded(teacher, 'diffusion model');
    // Its latents and labels are those of a generator made of it, at any noise level.
    const asGenerator = new NetworkGenerator(denoiser, 1);
    const { data } = latentOf(asGenerator, request);
    return runTeacher(denoiser, data, labelOf(asGenerator, request), request, emit, signal);
  },

  async race(request: ImageRequest, emit, signal) {
    const { generator } = requireLoaded(student, 'one-step generator');
    const denoiser = requireLoaded(teacher, 'diffusion model');
    // Both run warm: the teacher by its many steps, the student by one that is not counted.
    await makeImage(generator, request);
    emit({ student: await makeImage(generator, request) });
    await nextTurn();
    const { data } = latentOf(generator, request);
    return runTeacher(denoiser, data, labelOf(generator, request), request, (step) => emit({ teacher: step }), signal);
  },

  async measure({ batch, seconds }, _emit, signal) {
    const { generator } = requireLoaded(student, 'one-step generator');
    const run = (first: number) =>
      generateImages({ generator, seeds: Array.from({ length: batch }, (_, i) => first + i) });
    await run(0);
    let images = 0;
    const start = performance.now();
    const elapsed = () => (performance.now() - start) / 1000;
    while (elapsed() < seconds) {
      await run(images);
      images += batch;
      await nextTurn();
      signal.throwIfAborted();
    }
    return { images, seconds: elapsed() };
  },
});

/** Opens a file of the user's, or one that comes with the page and is kept on this device. */
async function open(choice: NetworkChoice, { onNotKept, ...options }: LoadOptions): Promise<OpenedNetwork> {
  if (choice instanceof File) return openNetwork(choice, options);
  const address = 'address' in choice ? choice.address : MODELS[choice.model][choice.role]!.url.href;
  // This script is in a folder of the pages' folder.
  const models = await ModelCache.open(new URL('..', self.location.href).href);
  const kept = await models?.load(address, { onNotKept, ...options });
  return openNetwork(kept ?? new URL(address), options);
}

/** Frees a generator for another. @returns the other */
function replace<T extends LoadedGenerator | null>(old: LoadedGenerator | null, next: T): T {
  old?.network.module.dispose();
  return next;
}

/** A request that any network can answer. */
function warmUp({ labelDim }: SavedNetwork): ImageRequest {
  return { seed: 0, ...(labelDim > 0 && { label: new Array<number>(labelDim).fill(0) }) };
}

function requireLoaded<T>(network: T | null, what: string): T {
  if (network === null) throw new Error(`No ${what} is loaded${tf.getBackend() ? '' : ', and no engine runs'}.`);
  return network;
}
