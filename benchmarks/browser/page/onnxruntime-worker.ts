/** onnxruntime-web, from its own files as a page takes them from a CDN, with a network that `onestep convert` has exported. */
import type * as Onnxruntime from 'onnxruntime-web';
import { ImageStreams } from '@onestep/diffusion-core';
import { CLASSES, servePictures } from './serve-pictures.js';

servePictures(async ({ device, threads, network }) => {
  const folder = new URL('../onnxruntime-web/', self.location.href);
  const address = new URL(`ort.${device}.min.mjs`, folder).href;
  const ort = (await import(/* @vite-ignore */ address)) as typeof Onnxruntime;
  ort.env.wasm.numThreads = threads;
  const session = await ort.InferenceSession.create(network, { executionProviders: [device] });
  const [z] = session.inputMetadata;
  if (z?.isTensor !== true) throw new Error(`${network} has no input of noise.`);
  // The batch may be any.
  const latent = z.shape.slice(1) as number[];
  const size = latent.reduce((a, b) => a * b, 1);
  const engine = `onnxruntime-web ${ort.env.versions.web}, ${device}, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
  return {
    engine,
    async make(seeds, classes) {
      const labels = new Float32Array(seeds.length * CLASSES);
      classes.forEach((index, i) => (labels[i * CLASSES + index] = 1));
      const { images } = await session.run({
        z: new ort.Tensor('float32', new ImageStreams(seeds).normal(size), [seeds.length, ...latent]),
        labels: new ort.Tensor('float32', labels, [seeds.length, CLASSES]),
      });
      const pixels = (await images!.getData()) as Float32Array;
      images!.dispose();
      return pixels;
    },
  };
});
