import * as tf from '@tensorflow/tfjs-core';
import { placeToUpdate, UPDATE_THREADS } from './update-in-place.js';
import { runProgram, type WebgpuBackend, type WebgpuProgram, workgroupsFor } from './webgpu-program.js';

/** One step of Adam (Algorithm 1, Kingma & Ba 2015, in PyTorch's order) on one parameter and its two moments, in place. */
const ADAM: WebgpuProgram = {
  name: 'adamUpdate',
  inputs: ['g', 'lr', 'correction1', 'correction2'],
  outputs: ['p', 'm', 'v'],
  numbers: {
    size: 'u32',
    beta1: 'f32',
    oneMinusBeta1: 'f32',
    beta2: 'f32',
    oneMinusBeta2: 'f32',
    epsilon: 'f32',
    bound: 'f32',
  },
  threads: UPDATE_THREADS,
  declarations: `
    // Tests the bits, because a compiler may assume that there is neither NaN nor infinity.
    fn finite(g: f32) -> f32 {
      let magnitude = bitcast<u32>(g) & 0x7fffffffu;
      let limited = select(g, select(uniforms.bound, -uniforms.bound, bitcast<i32>(g) < 0), magnitude == 0x7f800000u);
      return select(limited, 0.0, magnitude > 0x7f800000u);
    }`,
  body: `
    let i = workgroup * THREADS + thread;
    if (i < uniforms.size) {
      let gradient = finite(g[i]);
      let first = uniforms.beta1 * m[i] + uniforms.oneMinusBeta1 * gradient;
      let second = uniforms.beta2 * v[i] + uniforms.oneMinusBeta2 * (gradient * gradient);
      m[i] = first;
      v[i] = second;
      p[i] -= lr[0] * ((first / correction1[0]) / (sqrt(second / correction2[0]) + uniforms.epsilon));
    }`,
};

export const adamUpdateKernel: tf.KernelConfig = {
  kernelName: 'AdamUpdate',
  backendName: 'webgpu',
  kernelFunc: ({ inputs, attrs, backend: engine }) => {
    const backend = engine as WebgpuBackend;
    const named = inputs as Record<string, tf.TensorInfo>;
    const { count, beta1, beta2, epsilon, bound } = attrs as unknown as Record<string, number>;
    const { lr, correction1, correction2 } = named as Record<'lr' | 'correction1' | 'correction2', tf.TensorInfo>;
    const updated = { p: [] as tf.TensorInfo[], m: [] as tf.TensorInfo[], v: [] as tf.TensorInfo[] };
    for (let i = 0; i < count!; i++) {
      const [p, m, v] = ['p', 'm', 'v'].map((list) => placeToUpdate(backend, named[`${list}${i}`]!)) as [
        tf.TensorInfo,
        tf.TensorInfo,
        tf.TensorInfo,
      ];
      const size = tf.util.sizeFromShape(p.shape);
      runProgram(backend, ADAM, {
        tensors: { p, m, v, g: named[`g${i}`]!, lr, correction1, correction2 },
        numbers: {
          size,
          beta1: beta1!,
          oneMinusBeta1: 1 - beta1!,
          beta2: beta2!,
          oneMinusBeta2: 1 - beta2!,
          epsilon: epsilon!,
          bound: bound!,
        },
        workgroups: workgroupsFor(size, UPDATE_THREADS),
      });
      updated.p.push(p);
      updated.m.push(m);
      updated.v.push(v);
    }
    return [...updated.p, ...updated.m, ...updated.v];
  },
};
