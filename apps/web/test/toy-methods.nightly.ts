import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { decodeSafetensors } from '@onestep/checkpoint';
import { EIGHT_GAUSSIANS, MlpDenoiser, modeShares, type MlpSettings } from '@onestep/diffusion-core/toy';
import { Rng } from '@onestep/random';
import { startTestBackend } from '../../../test-support/backend.js';
import { createToy, TOY_METHODS } from '../src/toy/methods.js';

const FILE = fileURLToPath(new URL('../assets/eight-gaussians-denoiser.safetensors', import.meta.url));
const ITERATIONS = 600;
const POINTS = 2000;

beforeAll(startTestBackend);

describe.each(TOY_METHODS.map((toy) => [toy.name, toy] as const))('%s on the toy page', (_, toy) => {
  it('brings the points onto all eight Gaussians within some hundred iterations', { timeout: 300_000 }, async () => {
    const { tensors, metadata } = decodeSafetensors(await readFile(FILE), FILE);
    const network = new MlpDenoiser(JSON.parse(metadata.mlp!) as MlpSettings);
    network.module.loadStateDict(tensors);
    const distillation = await createToy(toy, network);
    for (let i = 0; i < ITERATIONS; i++) await distillation.step(i * distillation.batchSize);
    const { shape, data } = distillation.student.sampleLatents(new Rng(0, 'points'), POINTS);
    const images = tf.tidy(() => distillation.student.generate(tf.tensor(data, shape)));
    const shares = modeShares((await images.data()) as Float32Array);
    images.dispose();
    distillation.dispose();
    // Of exact points, nearly all are within four standard deviations of a mode.
    expect(shares.reduce((a, b) => a + b)).toBeGreaterThan(0.8);
    for (const share of shares) expect(share).toBeGreaterThan(0.3 / EIGHT_GAUSSIANS.means.length);
  });
});
