/**
 * A transformer block that learns to predict the next token. It does not depend on a backend.
 */
import * as tf from '@tensorflow/tfjs';

const [SEQUENCE, WIDTH, HEADS, TOKENS] = [128, 256, 8, 256];
const HEAD = WIDTH / HEADS;

const matrix = (rows, columns) => tf.variable(tf.randomNormal([rows, columns], 0, 0.05));
const vector = (value, size = WIDTH) => tf.variable(tf.fill([size], value));
const net = {
  embedding: matrix(TOKENS, WIDTH),
  position: matrix(SEQUENCE, WIDTH),
  norm1: { gain: vector(1), bias: vector(0) },
  qkv: { weight: matrix(WIDTH, 3 * WIDTH), bias: vector(0, 3 * WIDTH) },
  out: { weight: matrix(WIDTH, WIDTH), bias: vector(0) },
  norm2: { gain: vector(1), bias: vector(0) },
  up: { weight: matrix(WIDTH, 4 * WIDTH), bias: vector(0, 4 * WIDTH) },
  down: { weight: matrix(4 * WIDTH, WIDTH), bias: vector(0) },
  norm3: { gain: vector(1), bias: vector(0) },
  logits: { weight: matrix(WIDTH, TOKENS), bias: vector(0, TOKENS) },
};
const optimizer = tf.train.adam(0.001);
// Causal mask: -1e9 above the diagonal.
const mask = tf.tidy(() => tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([SEQUENCE, SEQUENCE]), -1, 0)), -1e9));

export const variables = Object.values(net).flatMap((layer) =>
  layer instanceof tf.Variable ? [layer] : Object.values(layer),
);

const linear = ({ weight, bias }, x) => x.matMul(weight).add(bias);

function layerNorm({ gain, bias }, x) {
  const { mean, variance } = tf.moments(x, -1, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt()).mul(gain).add(bias);
}

const gelu = (x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1));

function attention(x, batch) {
  // [batch, sequence, 3, heads, head] to three of [batch, heads, sequence, head]
  const split = linear(net.qkv, x).reshape([batch, SEQUENCE, 3, HEADS, HEAD]).transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = tf.unstack(split);
  const weights = tf
    .matMul(q, k, false, true)
    .mul(1 / Math.sqrt(HEAD))
    .add(mask)
    .softmax();
  const heads = tf.matMul(weights, v).transpose([0, 2, 1, 3]);
  return linear(net.out, heads.reshape([batch * SEQUENCE, WIDTH]));
}

function loss(tokens, next) {
  const batch = tokens.shape[0];
  // A matrix product, because the wasm backend has no gradient of tf.gather.
  const embedded = tf.oneHot(tokens.flatten(), TOKENS).matMul(net.embedding);
  let x = embedded
    .reshape([batch, SEQUENCE, WIDTH])
    .add(net.position)
    .reshape([batch * SEQUENCE, WIDTH]);
  x = x.add(attention(layerNorm(net.norm1, x), batch));
  x = x.add(linear(net.down, gelu(linear(net.up, layerNorm(net.norm2, x)))));
  const logits = linear(net.logits, layerNorm(net.norm3, x));
  return tf.losses.softmaxCrossEntropy(tf.oneHot(next, TOKENS), logits);
}

/**
 * One step of training.
 *
 * @param {Int32Array} inputs tokens, [batch, 128]
 * @param {Int32Array} targets the next token for each, [batch, 128]
 * @returns the loss before the step
 */
export async function step(inputs, targets) {
  const value = tf.tidy(() => {
    const tokens = tf.tensor2d(inputs, [inputs.length / SEQUENCE, SEQUENCE], 'int32');
    return optimizer.minimize(() => loss(tokens, tf.tensor1d(targets, 'int32')), true);
  });
  const [number] = await value.data();
  value.dispose();
  return number;
}
