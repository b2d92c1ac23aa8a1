import { InferenceSession, Tensor } from '@onestep/onnxruntime';
import { expect, it } from 'vitest';
import { writeModel } from '../src/onnx/model.js';
import { pattern, restartOrt, tf } from './support.js';

it('other users of ONNX Runtime in the same process get their results, before and after', async () => {
  const info = (name: string) => ({ name, type: 'float32' as const, dims: [3] });
  const node = (op: string, output: string) => ({ op, domain: '', inputs: ['x'], outputs: [output], attributes: {} });
  const model = writeModel({
    nodes: [node('Neg', 'y'), node('Abs', 'z')],
    initializers: [],
    inputs: [info('x')],
    outputs: [info('y'), info('z')],
  });
  const session = await InferenceSession.create(model);
  const theirs = async (x: number[]) => {
    const { y, z } = await session.run({ x: new Tensor('float32', x, [3]) });
    expect(y).toBeInstanceOf(Tensor);
    return [y!, z!].map(({ data, dims }) => [[...(data as Float32Array)], dims]);
  };
  const ours = (seed: number) => {
    const x = pattern([5], seed);
    return tf.tidy(() => [tf.neg(x), tf.abs(x)].map((t) => [...t.dataSync()]));
  };
  await restartOrt();
  for (const seed of [1, 2]) {
    // Their session runs on a thread of onnxruntime while ours runs here.
    const pending = theirs([seed, -2, 3]);
    const x = [...pattern([5], seed).dataSync()];
    expect(ours(seed)).toEqual([x.map((v) => -v), x.map(Math.abs)]);
    expect(await pending).toEqual([
      [[-seed, 2, -3], [3]],
      [[seed, 2, 3], [3]],
    ]);
  }
  await session.release();
});
