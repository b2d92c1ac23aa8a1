import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KERNELS } from '../src/ops/table.js';
import { tf, useOrt, values } from './support.js';

/** Numbers that are sometimes valid sizes, sometimes valid axes, often neither. */
const number = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -3, max: 4 }) },
  { weight: 1, arbitrary: fc.constantFrom(0.5, NaN, 7) },
);
const dims = fc.array(fc.nat(3), { maxLength: 4 });
const list = fc.array(number, { maxLength: 4 });
const size = fc.integer({ min: 0, max: 3 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 3 });
const window = fc.record({
  strides: fc.oneof(number, fc.tuple(number, number)),
  pad: fc.oneof(fc.constantFrom('same', 'valid', 'nonsense'), number),
  dilations: optional(fc.oneof(number, fc.tuple(number, number))),
  dimRoundingMode: optional(fc.constantFrom('floor', 'round', 'ceil')),
  dataFormat: fc.constant('NHWC'),
});
const paddings = fc.record({ paddings: fc.array(fc.tuple(number, number), { maxLength: 4 }), constantValue: fc.constant(1), mode: fc.constantFrom('reflect', 'symmetric') }); // prettier-ignore
const axis = fc.record({ axis: fc.oneof(number, list), keepDims: fc.boolean() });

const deepPool = fc
  .tuple(window, fc.record({ filterSize: number }))
  .map(([a, b]) => ({ ...a, ...b, dataFormat: 'NDHWC' }));
const deepDims = fc.array(fc.nat(3), { maxLength: 5 });

/** Attributes of kernels. */
const attributes: Record<string, fc.Arbitrary<object>> = {
  Sum: axis, Mean: axis, Min: axis, Prod: axis, All: axis, Any: axis,
  Max: fc.record({ reductionIndices: fc.oneof(number, list), keepDims: fc.boolean() }),
  ArgMax: fc.record({ axis: number }), ArgMin: fc.record({ axis: number }),
  Softmax: fc.record({ dim: number }), LogSoftmax: fc.record({ axis: number }),
  Cumsum: fc.record({ axis: number, exclusive: fc.boolean(), reverse: fc.boolean() }),
  Cumprod: fc.record({ axis: number, exclusive: fc.boolean(), reverse: fc.boolean() }),
  Transpose: fc.record({ perm: list }),
  Slice: fc.record({ begin: list, size: list }),
  Concat: fc.record({ axis: number }), Pack: fc.record({ axis: number }), Unpack: fc.record({ axis: number }),
  SplitV: fc.record({ numOrSizeSplits: fc.oneof(number, list), axis: number }),
  Tile: fc.record({ reps: list }),
  BroadcastTo: fc.record({ shape: dims }),
  Reverse: fc.record({ dims: fc.oneof(number, list) }),
  Fill: fc.record({ shape: fc.oneof(dims, list), value: fc.constant(2), dtype: fc.constantFrom('float32', 'int32') }),
  GatherV2: fc.record({ axis: number, batchDims: fc.constant(0) }),
  OneHot: fc.record({ depth: number, onValue: fc.constant(1), offValue: fc.constant(0), dtype: fc.constantFrom('float32', 'int32') }),
  PadV2: paddings, MirrorPad: paddings,
  StridedSlice: fc.record({ begin: list, end: list, strides: list, beginMask: fc.constant(0), endMask: fc.constant(0), ellipsisMask: fc.constant(0), newAxisMask: fc.constant(0), shrinkAxisMask: fc.constant(0) }),
  UnsortedSegmentSum: fc.record({ numSegments: number }),
  BatchMatMul: fc.record({ transposeA: fc.boolean(), transposeB: fc.boolean() }),
  _FusedMatMul: fc.record({ transposeA: fc.boolean(), transposeB: fc.boolean(), activation: fc.constantFrom('linear', 'relu') }),
  Conv2D: window, FusedConv2D: window, DepthwiseConv2dNative: window, FusedDepthwiseConv2D: window,
  Conv2DBackpropInput: fc.tuple(window, fc.record({ inputShape: dims })).map(([a, b]) => ({ ...a, ...b })),
  Conv2DBackpropFilter: fc.tuple(window, fc.record({ filterShape: dims })).map(([a, b]) => ({ ...a, ...b })),
  DepthwiseConv2dNativeBackpropInput: fc.tuple(window, fc.record({ inputShape: dims })).map(([a, b]) => ({ ...a, ...b })),
  DepthwiseConv2dNativeBackpropFilter: fc.tuple(window, fc.record({ filterShape: dims })).map(([a, b]) => ({ ...a, ...b })),
  AvgPool: fc.tuple(window, fc.record({ filterSize: number })).map(([a, b]) => ({ ...a, ...b })),
  MaxPool: fc.tuple(window, fc.record({ filterSize: number })).map(([a, b]) => ({ ...a, ...b })),
  AvgPoolGrad: fc.tuple(window, fc.record({ filterSize: number })).map(([a, b]) => ({ ...a, ...b })),
  MaxPoolGrad: fc.tuple(window, fc.record({ filterSize: number })).map(([a, b]) => ({ ...a, ...b })),
  ResizeNearestNeighbor: fc.record({ size: fc.tuple(number, number), alignCorners: fc.boolean(), halfPixelCenters: fc.boolean() }),
  ResizeNearestNeighborGrad: fc.record({ alignCorners: fc.boolean() }),
  ResizeBilinear: fc.record({ size: fc.tuple(number, number), alignCorners: fc.boolean(), halfPixelCenters: fc.boolean() }),
  ResizeBilinearGrad: fc.record({ alignCorners: fc.boolean() }),
  GroupNorm: fc.record({ groups: number, epsilon: fc.constant(1e-5), silu: fc.boolean() }),
  GroupNormGrad: fc.record({ groups: number, epsilon: fc.constant(1e-5), silu: fc.boolean() }),
  AdamUpdate: fc.record({ count: fc.constantFrom(1, 2), beta1: fc.constant(0.9), beta2: fc.constant(0.999), epsilon: fc.constant(1e-8), bound: fc.constant(1e5) }),
  EmaUpdate: fc.record({ count: fc.constantFrom(1, 2) }),
  AvgPool3D: deepPool, AvgPool3DGrad: deepPool, MaxPool3D: deepPool, MaxPool3DGrad: deepPool,
  Conv3D: window,
  Conv3DBackpropInputV2: fc.tuple(window, fc.record({ inputShape: deepDims })).map(([a, b]) => ({ ...a, ...b })),
  Conv3DBackpropFilterV2: fc.tuple(window, fc.record({ filterShape: deepDims })).map(([a, b]) => ({ ...a, ...b })),
  FusedBatchNorm: fc.record({ varianceEpsilon: fc.constant(0.001) }),
  ScatterNd: fc.record({ shape: fc.oneof(dims, list) }),
  TopK: fc.record({ k: number, sorted: fc.boolean() }),
  DepthToSpace: fc.record({ blockSize: number, dataFormat: fc.constant('NHWC') }),
  SpaceToBatchND: fc.record({ blockShape: list, paddings: fc.array(fc.tuple(number, number), { maxLength: 3 }) }),
  BatchToSpaceND: fc.record({ blockShape: list, crops: fc.array(fc.tuple(number, number), { maxLength: 3 }) }),
  Einsum: fc.record({ equation: fc.constantFrom('ij,jk->ik', 'ij->ji', 'ij->i', 'i,i->', 'ij,ij->ij', 'i,j->ijk', '->') }),
  Cast: fc.record({ dtype: fc.constantFrom('float32', 'int32', 'bool') }),
  LeakyRelu: fc.record({ alpha: fc.constant(0.1) }),
  Step: fc.record({ alpha: fc.constant(0) }),
  ClipByValue: fc.record({ clipValueMin: fc.constant(0), clipValueMax: fc.constant(1) }),
}; // prettier-ignore

const inputsOf: Record<string, (count: number) => string[]> = {
  AdamUpdate: (count) => [...['p', 'g', 'm', 'v'].flatMap((p) => Array.from({ length: count }, (_, i) => p + i)), 'lr', 'correction1', 'correction2'],
  EmaUpdate: (count) => [...['e', 'p'].flatMap((p) => Array.from({ length: count }, (_, i) => p + i)), 'beta'],
}; // prettier-ignore

const input = fc.record({
  // Often the same shape. Otherwise nearly everything would be refused for the same reason.
  shape: fc.oneof(
    fc.constantFrom([2, 3], [3, 3], [2, 2, 2, 2], [2, 2, 2, 2, 2], [3], []),
    dims,
    fc.tuple(size, size, size, size),
  ),
  dtype: fc.oneof(
    { weight: 6, arbitrary: fc.constant('float32' as const) },
    { weight: 2, arbitrary: fc.constant('int32' as const) },
    { weight: 1, arbitrary: fc.constant('bool' as const) },
  ),
});

const tensor = ({ shape, dtype }: { shape: readonly number[]; dtype: 'float32' | 'int32' | 'bool' }) => {
  const size = shape.reduce((a, b) => a * b, 1);
  // Integers stay valid indices, because an invalid one is not an error of shape.
  const data = dtype === 'float32' ? values(size) : new Int32Array(size);
  return tf.tensor(data, [...shape], dtype);
};

describe('invalid operations are refused when they are recorded, with their name and shapes', () => {
  it.each([...KERNELS.keys()].map((name) => [name]))('%s', async (name) => {
    const ort = await useOrt();
    const kernel = KERNELS.get(name)!;
    const alike = fc.tuple(input, fc.boolean()).chain(([first, same]) => fc.array(same ? fc.constant(first) : input, { minLength: 12, maxLength: 12 })); // prettier-ignore
    fc.assert(
      fc.property(alike, attributes[name] ?? fc.constant({}), fc.integer({ min: 1, max: 3 }), (specs, attrs, count) => {
        const optional = kernel.optional?.filter((_, i) => (count >> i) & 1) ?? [];
        const names = [
          ...(inputsOf[name]?.((attrs as { count: number }).count) ??
            kernel.inputs ??
            Array.from({ length: count }, (_, i) => String(i))),
          ...optional,
        ];
        const all = kernel.optional ? { ...attrs, given: optional } : attrs;
        const used = specs.slice(0, names.length);
        const inputs = Object.fromEntries(names.map((key, i) => [key, tensor(used[i] ?? specs[0]!)]));
        const given = kernel.inputs || inputsOf[name] ? inputs : (Object.values(inputs) as never);
        const before = ort.counters().fallbacks[name];
        let outputs: tf.Tensor[];
        try {
          outputs = [ort.record(kernel, Object.values(inputs), all, given)].flat() as tf.Tensor[];
        } catch (error) {
          // tfjs's CPU kernels have messages of their own.
          if (ort.counters().fallbacks[name] !== before) return;
          const { message } = error as Error;
          for (const { shape } of used.slice(0, 3)) expect(message).toContain(`[${shape}]`);
          return;
        }
        // The results of tfjs's CPU kernels are not checked.
        if (ort.counters().fallbacks[name] !== before) return;
        for (const { dataId, shape } of outputs) {
          expect(ort.readSync(dataId)).toHaveLength(shape.reduce((a, b) => a * b, 1));
        }
      }),
      { numRuns: 60, seed: 4 },
    );
  });
});
