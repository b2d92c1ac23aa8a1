/** This project's engine, started as apps/web starts it, with fewer features where that is asked for. */
import { setThreadsCount } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { createGenerator, openNetwork } from 'onestep';
import { generateImages } from '@onestep/diffusion-core';
import { startEngine } from '../../../apps/web/src/engine/start-engine.js';
import { servePictures } from './serve-pictures.js';

servePictures(async ({ device, threads, simd, network }) => {
  if (!simd) tf.env().set('WASM_HAS_SIMD_SUPPORT', false);
  if (threads === 1) tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  else {
    // tfjs takes no more threads than half of the processors.
    Object.defineProperty(navigator, 'hardwareConcurrency', { value: 2 * threads });
    setThreadsCount(threads);
  }
  const engine = await startEngine(device);
  const generator = createGenerator(await openNetwork(new URL(network)))!;
  return { engine, make: (seeds, classes) => generateImages({ generator, seeds, classes }) };
});
