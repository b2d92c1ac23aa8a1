import * as tf from '@tensorflow/tfjs-core';
import type { Generator } from '@onestep/diffusion-core';
import { generateImages } from '@onestep/diffusion-core';
import type { PreconditionedNetwork } from '@onestep/edm';
import { fetchSafetensors, readSafetensorsBlob } from '@onestep/checkpoint';
import { startEngine } from '../engine/start-engine.js';
import { openNetwork } from '../networks/open-network.js';
import { nextTurn, serve } from '../rpc/serve.js';
import type { GenerationCalls, ImageRequest } from './calls.js';
import { latentOf, makeClasses, makeImage } from './make-image.js';
import { runTeacher } from './teacher-run.js';

/** What has been loaded, on the engine that runs. */
let student: { network: PreconditionedNetwork; generator: Generator } | null = null;
let teacher: PreconditionedNetwork | null = null;

serve<GenerationCalls>({
  async start(name) {
    student?.network.dispose();
    teacher?.dispose();
    [student, teacher] = [null, null];
    return startEngine(name);
  },

  async load(source, emit, signal) {
    const options = { signal, onProgress: (done: number, total: number | null) => emit({ done, total }) };
    const file =
      typeof source === 'string' ? await fetchSafetensors(source, options) : await readSafetensorsBlob(source, options);
    const name = typeof source === 'string' ? source.split('/').at(-1)! : source.name;
    const opened = openNetwork(file, name);
    const { network, role } = opened;
    if (role === 'student') {
      student?.network.dispose();
      student = opened;
      // The first run of a network makes its programs, and would be counted.
      await makeImage(student.generator, { seed: 0, classIndex: network.labelDim > 0 ? 0 : undefined });
    } else {
      teacher?.dispose();
      teacher = network;
    }
    const { imgResolution: size, imgChannels: channels, labelDim: classes } = network;
    return { role, name, size, channels, classes, parameters: network.parameterCount() };
  },

  generate: (request) => makeImage(loaded(student, 'one-step generator').generator, request),

  generateClasses: (seed) => makeClasses(loaded(student, 'one-step generator').generator, seed),

  async race(request: ImageRequest, emit, signal) {
    const { generator } = loaded(student, 'one-step generator');
    const denoiser = loaded(teacher, 'diffusion model');
    // Both run warm: the teacher by its many steps, the student by one that is not counted.
    await makeImage(generator, request);
    emit({ student: await makeImage(generator, request) });
    await nextTurn();
    const { data } = latentOf(generator, request);
    return runTeacher(denoiser, data, request, (step) => emit({ teacher: step }), signal);
  },

  async measure({ batch, seconds }, _emit, signal) {
    const { generator } = loaded(student, 'one-step generator');
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

function loaded<T>(network: T | null, what: string): T {
  if (network === null) throw new Error(`No ${what} is loaded${tf.getBackend() ? '' : ', and no engine runs'}.`);
  return network;
}
