import { describe, expect, it } from 'vitest';
import { pattern, restartOrt, tf, values } from './support.js';

/** Parameters above and below the size from which on they are updated one by one. */
const SHAPES = [[300, 256], [256], [256, 260]];
const LARGE = 300 * 256 * 4;

/** A two-layer network with a step of Adam, whose large parameters are updated in place. */
class Network {
  readonly parameters = SHAPES.map((shape, i) => tf.tidy(() => tf.variable(tf.mul(pattern(shape, i + 1), 0.1))));
  readonly moments = [0, 1].map(() => SHAPES.map((shape) => tf.tidy(() => tf.variable(tf.zeros(shape), false))));

  /** @param during called with the parameters before the step replaces them */
  step<T extends tf.TensorContainer>(seed: number, during: (old: tf.Tensor[]) => T): T {
    return tf.tidy(() => {
      const x = tf.tensor2d(values(4 * 300, seed), [4, 300]);
      const loss = () => {
        const [w, b, v] = this.parameters as [tf.Variable<tf.Rank.R2>, tf.Variable, tf.Variable<tf.Rank.R2>];
        // The weights are in the loss themselves: their gradient reads them again.
        const out = tf.matMul(tf.tanh(tf.add(tf.matMul(x, w), b)) as tf.Tensor2D, v);
        return tf.add(tf.sum(tf.square(out)), tf.sum(tf.sin(w))) as tf.Scalar;
      };
      const { grads } = tf.engine().gradients(loss, this.parameters as tf.Tensor[]);
      const inputs: tf.NamedTensorMap = {
        lr: tf.scalar(0.01),
        correction1: tf.scalar(0.1),
        correction2: tf.scalar(0.001),
      };
      this.parameters.forEach((p, i) => {
        const [m, v] = this.moments as [tf.Variable[], tf.Variable[]];
        Object.assign(inputs, { [`p${i}`]: p, [`g${i}`]: grads[i], [`m${i}`]: m[i], [`v${i}`]: v[i] });
      });
      const attrs = { count: SHAPES.length, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      const before = during(this.parameters as tf.Tensor[]);
      const updated = tf.engine().runKernel('AdamUpdate', inputs, attrs) as unknown as tf.Tensor[];
      updated.forEach((tensor, i) => this.state[i]!.assign(tensor));
      return before;
    });
  }

  get state(): tf.Variable[] {
    return [...this.parameters, ...this.moments.flat()];
  }

  read(): Float32Array[] {
    return this.state.map((variable) => variable.dataSync<'float32'>());
  }
}

const bytes = (values: Float32Array) => Buffer.from(values.buffer, values.byteOffset, values.byteLength);
const expectSame = (actual: readonly Float32Array[], expected: readonly Float32Array[]) =>
  actual.forEach((a, i) => expect(Buffer.compare(bytes(a), bytes(expected[i]!))).toBe(0));

const nothing = () => [] as tf.Tensor[];
const STEPS = 3;

/** The states after each step of an undisturbed training. */
async function undisturbed(): Promise<Float32Array[][]> {
  await restartOrt();
  const network = new Network();
  const states = [network.read()];
  for (let i = 1; i <= STEPS; i++) {
    network.step(i, () => network.parameters.map((p) => tf.keep(tf.clone(p))));
    states.push(network.read());
  }
  return states;
}

describe('a training step whose large parameters are overwritten', () => {
  it('needs no second buffer for them, and has the same bits as a step that keeps the old ones', async () => {
    const states = await undisturbed();
    const ort = await restartOrt();
    const network = new Network();
    ort.flush();
    const { pooledBytes } = ort.memory();
    for (let i = 1; i <= STEPS; i++) {
      network.step(i, nothing);
      ort.flush();
    }
    expect(ort.memory().pooledBytes).toBeLessThan(pooledBytes + LARGE);
    expectSame(network.read(), states[STEPS]!);
    expect(ort.memory()).toMatchObject({
      retiredBytes: 0,
      usedBytes: 3 * (SHAPES[0]![0]! * 256 + 256 + 256 * 260) * 4,
    });
  });

  it.each<[string, (p: tf.Tensor) => tf.Tensor]>([
    ['a clone', (p) => tf.clone(p)],
    ['another shape', (p) => tf.reshape(p, [-1])],
    ['all of it as a slice', (p) => tf.slice(p, 0, p.shape[0])],
    ['its transpose', (p) => tf.transpose(tf.reshape(p, [1, -1]))],
    ['an operation on it that the step does not need', (p) => tf.add(p, 0)],
    ['its type', (p) => tf.cast(tf.cast(p, 'float32'), 'float32')],
  ])('keeps old values that are still needed: %s', async (_name, wanted) => {
    const states = await undisturbed();
    const ort = await restartOrt();
    const network = new Network();
    for (let i = 1; i <= STEPS; i++) {
      const old = network.step(i, (parameters) => parameters.map((p) => tf.keep(wanted(p))));
      if (i === 2) ort.flush();
      expectSame(
        old.map((t) => t.dataSync<'float32'>()),
        states[i - 1]!.slice(0, SHAPES.length),
      );
      expectSame(network.read(), states[i]!);
      tf.dispose(old);
    }
  });

  it('is correct for moving averages that start as the parameters themselves', async () => {
    const train = async (wanted: (t: tf.Tensor[]) => void) => {
      const ort = await restartOrt();
      const p = tf.tidy(() => tf.variable(tf.mul(pattern([300, 256]), 0.1)));
      // Both share one storage: the new parameter must not overwrite what the average still reads.
      const e = tf.variable(p, false);
      const zeros = [1, 2].map(() => tf.variable(tf.zeros([300, 256]), false));
      ort.flush();
      for (let i = 1; i <= 2; i++) {
        tf.tidy(() => {
          wanted([p, e]);
          const one = (name: string, inputs: tf.NamedTensorMap, attrs: tf.NamedAttrMap) =>
            tf.engine().runKernel(name, inputs, attrs) as unknown as tf.Tensor[];
          const [lr, correction1, correction2, beta] = [0.1, 0.1, 0.001, 0.5].map((v) => tf.scalar(v));
          const [m, v] = zeros as [tf.Variable, tf.Variable];
          const adam = {
            p0: p,
            g0: tf.sin(p),
            m0: m,
            v0: v,
            lr: lr!,
            correction1: correction1!,
            correction2: correction2!,
          };
          const attrs = { count: 1, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
          one('AdamUpdate', adam, attrs).forEach((t, k) => [p, m, v][k]!.assign(t));
          e.assign(one('EmaUpdate', { e0: e, p0: p, beta: beta! }, { count: 1 })[0]!);
        });
        ort.flush();
      }
      return [p, e].map((t) => t.dataSync<'float32'>());
    };
    const expected = await train((tensors) => tensors.forEach((t) => tf.keep(tf.clone(t))));
    expectSame(await train(() => undefined), expected);
  });

  it('several in one graph', async () => {
    const states = await undisturbed();
    await restartOrt();
    const network = new Network();
    for (let i = 1; i <= STEPS; i++) network.step(i, nothing);
    expectSame(network.read(), states[STEPS]!);
  });

  describe('and fails', () => {
    const product = () => tf.matMul(pattern([2 ** 20, 1]), pattern([1, 2 ** 20]));
    const tooMuch = () => tf.sum(tf.exp(product()));

    it('reports what was lost, and computes the rest', async () => {
      const ort = await restartOrt();
      const network = new Network();
      network.step(1, nothing);
      ort.flush();
      const fine = tf.add(pattern([10]), 1);
      const [bad] = network.step(2, () => [tooMuch()]);
      expect(() => bad!.dataSync()).toThrow(/Sum.*Failed to allocate memory/s);
      for (const lost of [network.parameters[0]!, network.moments[1]![2]!]) {
        expect(() => lost.dataSync()).toThrow(/AdamUpdate.*Failed to allocate memory/s);
      }
      expect(() => network.step(3, nothing)).toThrow(/could not compute the result of .*AdamUpdate/);
      expect(fine.dataSync()).toHaveLength(10);
      const again = new Network();
      again.step(1, nothing);
      expectSame(again.read(), (await undisturbed())[1]!);
    });

    it('loses nothing if it failed before it ran', async () => {
      const states = await undisturbed();
      const ort = await restartOrt();
      const network = new Network();
      ort.flush();
      const [bad] = network.step(1, () => [product()]);
      expect(() => bad!.dataSync()).toThrow(/not enough memory for/);
      expectSame(network.read(), states[1]!);
    });

    it('loses no old values that a tensor holds', async () => {
      const states = await undisturbed();
      await restartOrt();
      const network = new Network();
      const [bad, ...held] = network.step(1, () => [
        tooMuch(),
        ...network.state.map((variable) => tf.keep(tf.clone(variable))),
      ]);
      expect(() => bad!.dataSync()).toThrow(/Failed to allocate memory/);
      expectSame(network.read(), states[1]!);
      tf.dispose(held);
    });
  });
});
