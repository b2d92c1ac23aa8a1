import type { Builder } from './builder.js';
import { NCHWC } from './graph-writer.js';
import { canBlock, fromBlocked, isOnlyBlocked, toBlocked, toPlain } from './layout.js';
import type { LoweredTensor } from './lowered-tensor.js';

/** Averages over tiles of kh x kw pixels. */
export function averageTiles(b: Builder, x: LoweredTensor, [kh, kw]: readonly [number, number]): LoweredTensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (canBlock(b, x.shape)) {
    return fromBlocked(
      b.imageNode('AveragePool', [toBlocked(b, x)], [n, c, h / kh, w / kw], {
        kernel_shape: [kh, kw],
        strides: [kh, kw],
      }),
    );
  }
  const split = toPlain(b, x, [n, h / kh, kh, w / kw, kw, c]);
  return b.tensor(b.reduce('ReduceMean', b.reduce('ReduceMean', split, [2]), [3]));
}

/** Repeats every pixel kh x kw times. */
export function repeatTiles(b: Builder, x: LoweredTensor, [kh, kw]: readonly [number, number]): LoweredTensor {
  const [n, h, w, c] = x.shape as [number, number, number, number];
  if (b.block === 1) {
    const inputs = [toBlocked(b, x), null, b.floats([1, 1, kh, kw])];
    const attributes = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' };
    return fromBlocked(b.node('Resize', inputs, [n, c, h * kh, w * kw], { attributes }));
  }
  if (canBlock(b, x.shape)) {
    return fromBlocked(
      b.node('Upsample', [toBlocked(b, x)], [n, c, h * kh, w * kw], {
        domain: NCHWC,
        attributes: { scales: [1, 1, kh, kw], mode: 'nearest' },
      }),
    );
  }
  const spread = b.expand(toPlain(b, x, [n, h, 1, w, 1, c]), [n, h, kh, w, kw, c]);
  return b.tensor(b.view(spread, [n, h * kh, w * kw, c]));
}

/** Multiplies x by a number, in its current layout. */
export function scaleBy(b: Builder, x: LoweredTensor, factor: number): LoweredTensor {
  const scale = b.floats([factor]);
  return isOnlyBlocked(x)
    ? fromBlocked(b.binary('Mul', toBlocked(b, x), scale))
    : b.tensor(b.binary('Mul', toPlain(b, x), scale));
}
