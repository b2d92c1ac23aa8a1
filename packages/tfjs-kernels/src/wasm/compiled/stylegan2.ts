import * as tf from '@tensorflow/tfjs-core';
import { registerOptionalKernel } from './compiled-kernel.js';

type Inputs<Name extends string, Optional extends string = never> = Record<Name, tf.TensorInfo> &
  Partial<Record<Optional, tf.TensorInfo>>;

interface DenseAttrs {
  scale: number;
  biasScale: number;
  slope: number;
}

interface SynthesisAttrs {
  up: boolean;
  epsilon: number;
  gain: number;
  slope: number;
  limit: number | null;
}

/** Registers the layers of a StyleGAN2 generator, one kernel each, and the resampling of its images. */
export function registerStyleGan2Layers(): void {
  registerOptionalKernel({
    name: 'EqualizedLinear',
    run({ x, weight, bias }: Inputs<'x' | 'weight' | 'bias'>, { scale, biasScale, slope }: DenseAttrs, workbench) {
      const { kernels, address, output } = workbench;
      const [rows, depth] = x.shape as [number, number];
      const columns = weight.shape[0]!;
      if (x.shape.length !== 2 || depth !== weight.shape[1]) return null;
      const out = output([rows, columns]);
      const [from, by, plus, to] = [address(x), address(weight), address(bias), address(out)];
      kernels.denseLayer(from, by, plus, to, rows, columns, depth, scale, biasScale, slope);
      return out;
    },
  });
  registerOptionalKernel({
    name: 'SynthesisLayer',
    run(
      inputs: Inputs<'x' | 'styles' | 'weight' | 'bias' | 'filter', 'noise' | 'strength'>,
      { up, epsilon, gain, slope, limit }: SynthesisAttrs,
      { kernels, address, output, withScratch },
    ) {
      const { x, styles, weight, bias, filter, noise, strength } = inputs;
      const [images, height, width, from] = x.shape as [number, number, number, number];
      const to = weight.shape[3]!;
      if (width % 4 !== 0 || from % 4 !== 0 || to % 8 !== 0) return null;
      const [outHeight, outWidth] = up ? [2 * height, 2 * width] : [height, width];
      const isOneFor = (count: number) => tf.util.arraysEqual(noise!.shape, [count, outHeight, outWidth, 1]);
      if (noise !== undefined && !isOneFor(1) && !isOneFor(images)) return null;
      const out = output([images, outHeight, outWidth, to]);
      withScratch(kernels.synthesisLayerScratch(images, height, width, from, to, Number(up)), (scratch) =>
        kernels.synthesisLayer(
          address(x),
          address(styles),
          address(weight),
          address(bias),
          address(filter),
          noise === undefined ? 0 : address(noise),
          noise === undefined || noise.shape[0] === 1 ? 0 : outHeight * outWidth,
          strength === undefined ? 0 : address(strength),
          address(out),
          images,
          height,
          width,
          from,
          to,
          Number(up),
          epsilon,
          gain,
          slope,
          limit ?? Infinity,
          scratch,
        ),
      );
      return out;
    },
  });
  registerOptionalKernel({
    name: 'ToRgbLayer',
    run(
      { x, styles, weight, bias }: Inputs<'x' | 'styles' | 'weight' | 'bias'>,
      { gain, limit }: { gain: number; limit: number | null },
      { kernels, address, output, withScratch },
    ) {
      const [images, height, width, from] = x.shape as [number, number, number, number];
      const to = weight.shape[3]!;
      const out = output([images, height, width, to]);
      const addresses = [x, styles, weight, bias, out].map(address) as [number, number, number, number, number];
      withScratch(from * to, (scratch) =>
        kernels.toRgbLayer(...addresses, images, height * width, from, to, gain, limit ?? Infinity, scratch),
      );
      return out;
    },
  });
  registerOptionalKernel({
    name: 'UpsampleFiltered',
    run({ x, filter }: Inputs<'x' | 'filter'>, { padding }: { padding: number }, { kernels, address, output }) {
      const [images, height, width, channels] = x.shape as [number, number, number, number];
      const length = Math.round(Math.sqrt(tf.util.sizeFromShape(filter.shape)));
      const more = length - 2 - 2 * padding;
      const out = output([images, 2 * height + more, 2 * width + more, channels]);
      const [from, by, to] = [address(x), address(filter), address(out)];
      kernels.upsampleFiltered(from, by, to, images, height, width, channels, length, padding);
      return out;
    },
  });
}
