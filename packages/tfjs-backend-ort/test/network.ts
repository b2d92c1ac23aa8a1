import { pattern, tf, values } from './support.js';

/** Group normalization with SiLU: the fused kernels on ort, a plain composition elsewhere. */
export function groupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
  silu = true,
): tf.Tensor4D {
  const attrs = { groups, epsilon: 1e-5, silu };
  if (tf.getBackend() !== 'ort') return plainGroupNorm(x, gamma, beta, groups, silu);
  const fused = tf.customGrad((...args: (tf.Tensor | tf.GradSaveFunc)[]) => {
    const [x, gamma, beta, save] = args as [tf.Tensor, tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([x, gamma, beta]);
    return {
      value: tf.engine().runKernel('GroupNorm', { x, gamma, beta }, attrs) as tf.Tensor,
      gradFunc: (dy: tf.Tensor, [x, gamma, beta]: tf.Tensor[]) =>
        tf
          .engine()
          .runKernel('GroupNormGrad', { dy, x: x!, gamma: gamma!, beta: beta! }, attrs) as unknown as tf.Tensor[],
    };
  });
  return fused(x, gamma, beta) as tf.Tensor4D;
}

export function plainGroupNorm(
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  groups: number,
  silu: boolean,
): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  const grouped = tf.reshape(x, [n, h * w, groups, c / groups]);
  const { mean, variance } = tf.moments(grouped, [1, 3], true);
  const normalized = tf.reshape(tf.mul(tf.sub(grouped, mean), tf.rsqrt(tf.add(variance, 1e-5))), x.shape);
  const z = tf.add(tf.mul(normalized, gamma), beta) as tf.Tensor4D;
  return silu ? tf.mul(z, tf.sigmoid(z)) : z;
}

/** Repeats every pixel four times. (tfjs-backend-cpu's gradient of its own operation is wrong for more than one sample.) */
function enlarge(x: tf.Tensor4D): tf.Tensor4D {
  const [n, h, w, c] = x.shape;
  if (tf.getBackend() === 'ort') return tf.image.resizeNearestNeighbor(x, [2 * h, 2 * w]);
  const columns = tf.reshape(tf.concat([x, x], 3), [n, h, 2 * w * c]);
  return tf.reshape(tf.concat([columns, columns], 2), [n, 2 * h, 2 * w, c]) as tf.Tensor4D;
}

/** A small UNet: down, attention, up with a skip connection, embedding added per channel. */
export class SmallNet {
  readonly parameters: tf.Variable[];
  private readonly moments: tf.Variable[][];
  private readonly averages: tf.Variable[];
  private steps = 0;

  /** @param decay decay of the moving averages of the parameters; without it there are none */
  constructor(
    readonly channels: number,
    private readonly decay?: number,
  ) {
    const c = channels;
    const shapes = [
      [3, 3, 3, c],
      [c],
      [3, 3, c, 2 * c],
      [2 * c],
      [2 * c],
      [2 * c],
      [2 * c, 2 * c],
      [2 * c, 4],
      [3, 3, 3 * c, c],
      [c],
      [c],
      [c],
      [3, 3, c, 3],
      [3],
    ];
    this.parameters = shapes.map((shape, i) =>
      tf.variable(tf.mul(pattern(shape, i + 1), shape.length > 2 ? 0.2 : 0.5)),
    );
    this.moments = [0, 1].map(() => shapes.map((shape) => tf.variable(tf.zeros(shape), false)));
    this.averages = decay === undefined ? [] : this.parameters.map((p) => tf.variable(p, false));
  }

  /** Every tensor that a training step changes. */
  get state(): tf.Variable[] {
    return [...this.parameters, ...this.moments.flat(), ...this.averages];
  }

  forward(x: tf.Tensor4D, labels: tf.Tensor2D): tf.Tensor4D {
    const [w1, b1, w2, b2, g2, s2, wa, we, w3, b3, g3, s3, w4, b4] = this.parameters as tf.Tensor[] as [
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor2D,
      tf.Tensor2D,
      tf.Tensor4D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.Tensor4D,
      tf.Tensor1D,
    ];
    const groups = this.channels / 4;
    const [n, height, width] = x.shape;
    const first = tf.add(tf.conv2d(x, w1, 1, 'same'), b1) as tf.Tensor4D;
    let h = tf.fused.conv2d({ x: tf.avgPool(first, 2, 2, 'valid'), filter: w2, strides: 1, pad: 'same', bias: b2 });
    const embedding = tf.reshape(tf.matMul(labels, we, false, true), [n, 1, 1, 2 * this.channels]);
    h = groupNorm(tf.add(h, embedding), g2, s2, groups);
    const pixels = tf.reshape(h, [n, (height * width) / 4, 2 * this.channels]) as tf.Tensor3D;
    const query = tf.reshape(tf.matMul(tf.reshape(pixels, [-1, 2 * this.channels]) as tf.Tensor2D, wa), pixels.shape);
    const attended = tf.matMul(tf.softmax(tf.matMul(query, pixels, false, true)), pixels);
    h = tf.mul(tf.add(h, tf.reshape(attended, h.shape)), Math.SQRT1_2);
    const up = enlarge(h);
    const joined = tf.concat([up, first], 3) as tf.Tensor4D;
    h = tf.add(tf.conv2d(joined, w3, 1, 'same'), b3);
    return tf.add(tf.conv2d(groupNorm(h, g3, s3, groups), w4, 1, 'same'), b4);
  }

  loss(x: tf.Tensor4D, labels: tf.Tensor2D): tf.Scalar {
    return tf.mean(tf.square(tf.sub(this.forward(x, labels), tf.mul(x, 0.5)))) as tf.Scalar;
  }

  /** Loss and gradients of all parameters. */
  gradients(x: tf.Tensor4D, labels: tf.Tensor2D): { value: tf.Tensor; grads: tf.Tensor[] } {
    return tf.engine().gradients(() => this.loss(x, labels), this.parameters);
  }

  /** One Adam step on a batch drawn from `seed`. */
  async step(seed: number, batch = 4, size = 8): Promise<number> {
    this.steps++;
    const { loss } = tf.tidy(() =>
      this.run({
        x: tf.tensor4d(values(batch * size * size * 3, seed), [batch, size, size, 3]),
        lr: tf.scalar(0.01 / seed),
        correction1: tf.scalar(1 - 0.9 ** this.steps),
        correction2: tf.scalar(1 - 0.999 ** this.steps),
      }),
    );
    const [value] = await loss.data();
    loss.dispose();
    return value!;
  }

  /** The tensor operations of a step. */
  readonly update = ({ x, ...rates }: { x: tf.Tensor4D } & tf.NamedTensorMap): { loss: tf.Tensor } => {
    const count = this.parameters.length;
    return tf.tidy(() => {
      const { value, grads } = this.gradients(x, tf.oneHot(tf.range(0, x.shape[0], 1, 'int32'), 4) as tf.Tensor2D);
      const inputs: tf.NamedTensorMap = { ...rates };
      this.parameters.forEach((p, i) => {
        Object.assign(inputs, {
          [`p${i}`]: p,
          [`g${i}`]: grads[i],
          [`m${i}`]: this.moments[0]![i],
          [`v${i}`]: this.moments[1]![i],
        });
      });
      const attrs = { count, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, bound: 1e5 };
      const updated = tf.engine().runKernel('AdamUpdate', inputs, attrs) as unknown as tf.Tensor[];
      updated.forEach((tensor, i) => this.state[i]!.assign(tensor));
      if (this.averages.length > 0) this.average();
      return { loss: value };
    });
  };

  /** Runs a step. */
  run = this.update;

  private average(): void {
    const inputs: tf.NamedTensorMap = { beta: tf.scalar(this.decay!) };
    this.parameters.forEach((p, i) => Object.assign(inputs, { [`e${i}`]: this.averages[i], [`p${i}`]: p }));
    const updated = tf.engine().runKernel('EmaUpdate', inputs, { count: this.parameters.length });
    (updated as unknown as tf.Tensor[]).forEach((tensor, i) => this.averages[i]!.assign(tensor));
  }

  dispose(): void {
    tf.dispose(this.state);
  }
}
