import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportOnnx } from '../src/index.js';
import { Builder } from '../src/lower/builder.js';
import { cudaDialect, type Dialect, webgpuDialect } from '../src/lower/dialect.js';
import type { GraphValue } from '../src/lower/lowered-tensor.js';
import { writeModel } from '../src/onnx/model.js';
import { offerHalfPrecision } from '../src/register.js';
import { Session, wrap } from '../src/runtime/binding.js';
import { halfPrecision } from '../src/runtime/half-probe.js';
import { size } from '../src/runtime/probes.js';
import { checkModel, hasOnnxChecker, modelDifference } from './export/support.js';
import { distance, pattern, tf, useOrt, values } from './support.js';

// No GPU is needed: ONNX Runtime's CPU provider runs these graphs too. It computes in float32 and drops conversions to float16
// and back, so that operands have to be half-precision numbers already.

/** Unit roundoff of half precision. */
const HALF = 2 ** -11;

/** The results of the self-test's graph, as a provider would run it. */
function runProbe(dialect: Dialect): number[][] {
  const b = new Builder(dialect);
  const inputs = halfPrecision.inputs.map((dims, i): GraphValue => ({ name: `i${i}`, dims, type: 'float32' }));
  const results = halfPrecision.emit(b, inputs);
  const info = ({ name, dims }: GraphValue) => ({ name, dims, type: 'float32' as const });
  const session = new Session(
    writeModel({
      nodes: b.nodes,
      initializers: b.initializers,
      inputs: inputs.map(info),
      outputs: results.map(info),
    }),
    { threads: 1 },
  );
  const outputs = results.map(({ dims }) => new Float32Array(size(dims)));
  session.run(
    Object.fromEntries(inputs.map(({ name, dims }, i) => [name, wrap('float32', values(size(dims), i), dims)])),
    Object.fromEntries(results.map(({ name, dims }, i) => [name, wrap('float32', outputs[i]!, dims)])),
  );
  session.dispose();
  return outputs.map((output) => [...output]);
}

describe('the graphs of half precision', () => {
  const expected = halfPrecision.expected(halfPrecision.inputs.map((dims, i) => values(size(dims), i)));

  it.each([
    ['cuda', { ...cudaDialect, block: 1 }],
    ['webgpu', webgpuDialect],
  ])('pass the self-test, in the dialect of %s', (_, dialect) => {
    for (const [i, result] of runProbe(dialect).entries()) {
      expect(distance(result, expected[i]!), `result ${i}`).toBeLessThan(4 * HALF);
    }
  });

  it('would not pass it with sums in half precision', () => {
    let sum = 1;
    for (let i = 1; i < 9 * 512; i++) sum = Math.round((sum + 2 ** -12) * 2 ** 10) / 2 ** 10;
    expect(Math.abs(sum - expected.at(-1)![0]!)).toBeGreaterThan(0.5);
  });
});

it('ONNX Runtime on the CPU does not offer half precision', async () => {
  await useOrt();
  expect(tf.getKernel('HalfConv2D', 'ort')).toBeUndefined();
});

describe('half precision agrees with float32 on rounded operands', () => {
  beforeAll(async () => {
    await useOrt();
    offerHalfPrecision(true);
  });
  afterAll(() => offerHalfPrecision(false));

  const run = (name: string, inputs: tf.NamedTensorMap, attrs: object) =>
    tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor;

  it('convolutions and their gradients, of random shapes', () => {
    const small = fc.integer({ min: 1, max: 5 });
    fc.assert(
      fc.property(small, small, small, small, small, fc.constantFrom(1, 3), (n, h, w, i, o, k) => {
        tf.tidy(() => {
          const pad = k >> 1;
          const x = round(pattern<tf.Rank.R4>([n, h, w, i]));
          const filter = round(pattern<tf.Rank.R4>([k, k, i, o], 2));
          const dy = round(pattern<tf.Rank.R4>([n, h, w, o], 3));
          const half = [
            run('HalfConv2D', { x, filter }, { pad }),
            run('HalfConv2DBackpropInput', { dy, filter }, { inputShape: x.shape, pad }),
            run('HalfConv2DBackpropFilter', { x, dy }, { filterShape: filter.shape, pad }),
          ];
          const single = (a: tf.Tensor, b: tf.Tensor) => tf.conv2d(a as tf.Tensor4D, b as tf.Tensor4D, 1, pad);
          const full = [single(x, filter), ...tf.grads((a, b) => single(a, b))([x, filter], dy)];
          half.forEach((result, j) => {
            expect(result.shape).toEqual(full[j]!.shape);
            expect(distance([...result.dataSync()], [...full[j]!.dataSync()])).toBeLessThan(HALF);
          });
        });
      }),
      { numRuns: 20, seed: 4 },
    );
  });

  it('matrix products, transposed or not', () => {
    for (const [transposeA, transposeB] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      tf.tidy(() => {
        const a = round(pattern<tf.Rank.R3>(transposeA ? [2, 5, 3] : [2, 3, 5]));
        const b = round(pattern<tf.Rank.R3>(transposeB ? [2, 4, 5] : [2, 5, 4], 2));
        const half = run('HalfBatchMatMul', { a, b }, { transposeA, transposeB });
        const full = tf.matMul(a, b, transposeA, transposeB);
        expect(distance([...half.dataSync()], [...full.dataSync()])).toBeLessThan(HALF);
      });
    }
  });

  it('exports as a model that standard software runs', async () => {
    const x = round(pattern<tf.Rank.R4>([2, 4, 4, 3]));
    const filter = round(pattern<tf.Rank.R4>([3, 3, 3, 5], 2));
    const convolve = (x: tf.Tensor) => ({ y: run('HalfConv2D', { x, filter }, { pad: 1 }) });
    const model = exportOnnx(convolve, { x: { shape: [1, 4, 4, 3] } });
    expect(await modelDifference(model, { x }, { y: tf.conv2d(x, filter, 1, 1) })).toBeLessThan(HALF);
    if (hasOnnxChecker) expect(checkModel(model).domains).toEqual(['']);
  });
});

/** Values of a pattern, made half-precision numbers: multiples of 1/256. */
function round<T extends tf.Tensor>(x: T): T {
  return tf.div(tf.round(tf.mul(x, 256)), 256);
}
