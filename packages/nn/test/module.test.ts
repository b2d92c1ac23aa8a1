import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { permuteAxes } from '@onestep/checkpoint';
import { Conv2d, fromFileLayout, Linear, Module, ModuleDict, toFileLayout } from '../src/index.js';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';

beforeAll(startTestBackend);

class Network extends Module {
  readonly first = new Conv2d(1, 2, 3, new Rng(1), { resample: 'down' });
  readonly blocks = new ModuleDict<Linear>();
  readonly nothing: Linear | null = null;

  constructor() {
    super();
    this.blocks.add('8x8_b', new Linear(2, 2, new Rng(2)));
    this.blocks.add('4x4_a', new Linear(2, 1, new Rng(3), { bias: false }));
  }
}

const NAMES = [
  'first.weight',
  'first.bias',
  'first.resample_filter',
  'blocks.8x8_b.weight',
  'blocks.8x8_b.bias',
  'blocks.4x4_a.weight',
];

describe('Module', () => {
  it('names its leaves by path, in the order of construction; buffers are not trained', () => {
    const network = new Network();
    expect([...network.namedLeaves().keys()]).toEqual(NAMES);
    expect([...network.namedParameters().keys()]).toEqual(NAMES.filter((name) => !name.endsWith('filter')));
    expect(network.parameterCount()).toBe(18 + 2 + 4 + 2 + 2);
  });

  it('comes back from its state dict', async () => {
    const [a, b] = [new Network(), new Network()];
    for (const parameter of a.parameters()) parameter.variable.assign(tf.add(parameter.variable, 1));
    const dict = await a.stateDict();
    b.loadStateDict(dict);
    expect(await b.stateDict()).toEqual(dict);
    expect(Array.from(b.first.weight!.variable.dataSync())).toEqual(Array.from(a.first.weight!.variable.dataSync()));
  });

  it('is copied on the device', async () => {
    const [a, b] = [new Network(), new Network()];
    for (const parameter of a.parameters()) parameter.variable.assign(tf.add(parameter.variable, 1));
    b.copyFrom(a);
    const dict = await a.stateDict();
    a.dispose();
    expect(await b.stateDict()).toEqual(dict);
  });

  it('says which tensors do not fit, and changes nothing then', async () => {
    const network = new Network();
    const before = await network.stateDict();
    const without: typeof before = { ...before, extra: before['first.bias']! };
    delete without['blocks.8x8_b.bias'];
    expect(() => network.loadStateDict(without)).toThrow('missing blocks.8x8_b.bias; unexpected extra;');
    const wrong = { ...before, 'first.bias': { shape: [3], data: new Float32Array(3) } };
    expect(() => network.loadStateDict(wrong)).toThrow(
      'first.bias has shape [3] in the file, and this network needs [2].',
    );
    expect(await network.stateDict()).toEqual(before);
  });

  it('switches the whole tree between training and evaluation', () => {
    const network = new Network().train();
    const modes = () => network.blocks.entries().map(([, child]) => child.training);
    expect([network.training, network.first.training, ...modes()]).toEqual([true, true, true, true]);
    network.eval();
    expect([network.training, ...modes()]).toEqual([false, false, false]);
  });

  it('refuses a second child of one name', () => {
    expect(() => new Network().blocks.add('4x4_a', new Linear(1, 1, null))).toThrow('already a child named 4x4_a');
  });

  it('frees its tensors', () => {
    const { numTensors } = tf.memory();
    new Network().dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});

describe('layouts', () => {
  const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 4, maxLength: 4 });

  it("of convolution weights are each other's inverse", () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const memory = new Rng(1).normal(shape.reduce((a, b) => a * b));
        const [h, w, i, o] = shape as [number, number, number, number];
        const file = toFileLayout(memory, shape, 'conv');
        expect(fromFileLayout(file, [o, i, h, w], 'conv')).toEqual(memory);
      }),
    );
  });

  it('are permuted as tfjs transposes', () => {
    const values = new Rng(1).normal(2 * 3 * 4 * 5);
    const transposed = tf.transpose(tf.tensor4d(values, [2, 3, 4, 5]), [3, 2, 0, 1]).dataSync();
    expect(permuteAxes(values, [2, 3, 4, 5], [3, 2, 0, 1])).toEqual(transposed);
  });
});
