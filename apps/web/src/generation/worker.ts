import * as tf from '@tensorflow/tfjs-core';
import { createGenerator, openNetwork } from 'onestep';
import {
  generateImages,
  hasClasses,
  hasOwnLatents,
  isDenoiser,
  isMultiStep,
  isSynthesisGenerator,
  nameClasses,
  RenoisingGenerator,
  requireDenoiser,
  type DenoiserNetwork,
  type Generator,
  type SavedNetwork,
} from '@onestep/diffusion-core';
import { startEngine } from '../engine/start-engine.js';
import { nextTurn, serve } from '../rpc/serve.js';
import type { GenerationCalls, ImageRequest } from './calls.js';
import { labelOf, latentOf, makeClasses, makeImage } from './make-image.js';
import { runTeacher } from './teacher-run.js';

/** The model whose networks come with the page. */
const SHIPPED = 'fashion-mnist';

/** The networks that have been loaded, on the engine that runs. */
let student: { network: SavedNetwork; generator: Generator } | null = null;
let teacher: DenoiserNetwork | null = null;

serve<GenerationCalls>({
  async start(name) {
    student?.network.module.dispose();
    teacher?.module.dispose();
    [student, teacher] = [null, null];
    return startEngine(name);
  },

  async load(source, emit, signal) {
    const options = { signal, onProgress: (done: number, total: number | null) => emit({ done, total }) };
    const opened =
      source instanceof File
        ? await openNetwork(source, options)
        : await openNetwork(SHIPPED, { ...options, role: source });
    const { name, network } = opened;
    // Published students do not say what they are: they are sampled as the published scripts do.
    const initSigma = opened.record?.initSigma ?? opened.unstatedRole?.usualInitSigma;
    // On the way between two seeds of a GAN, the noise of its layers stays the same.
    const isGan = !isDenoiser(network) && isSynthesisGenerator(network);
    const generator = createGenerator(opened, isGan ? { noise: 'const' } : { initSigma });
    const role = generator === null ? 'teacher' : 'generator';
    if (generator !== null) {
      student?.network.module.dispose();
      student = { network, generator };
      // The first run of a network compiles its programs, and would be counted.
      await makeImage(generator, warmUp(network));
    } else {
      teacher?.module.dispose();
      teacher = requireDenoiser(network);
    }
    const { imgResolution: size, imgChannels: channels, labelDim } = network;
    const classNames = hasClasses(network) ? nameClasses(labelDim, opened.classNames) : [];
    const parameters = network.module.parameterCount();
    const areClassesAssumed = labelDim > 0 && network.labels === undefined;
    const exampleLabel = network.labels?.rows?.[0];
    const kind = { size, channels, labelDim, classNames, exampleLabel, areClassesAssumed };
    const severalSteps = generator !== null && isMultiStep(generator);
    // A file that does not state the method says nothing about it.
    const isTrainedForOneStep = generator instanceof RenoisingGenerator && opened.record?.method !== undefined;
    const steps = { severalSteps, isTrainedForOneStep };
    const ownLatents = generator !== null && hasOwnLatents(generator);
    return { role, ownLatents, isRoleAssumed: opened.role === null, name, parameters, ...steps, ...kind };
  },

  generate: (request) => makeImage(requireLoaded(student, 'one-step generator').generator, request),

  generateClasses: (request) => makeClasses(requireLoaded(student, 'one-step generator').generator, request),

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

/** A request that any network can answer. */
function warmUp({ labelDim }: SavedNetwork): ImageRequest {
  return { seed: 0, ...(labelDim > 0 && { label: new Array<number>(labelDim).fill(0) }) };
}

function requireLoaded<T>(network: T | null, what: string): T {
  if (network === null) throw new Error(`No ${what} is loaded${tf.getBackend() ? '' : ', and no engine runs'}.`);
  return network;
}
