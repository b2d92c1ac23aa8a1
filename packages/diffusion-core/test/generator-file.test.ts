import { describe, expect, it } from 'vitest';
import {
  describeGenerator,
  networkMetadata,
  readGeneratorRecord,
  splitGeneratorTensors,
} from '../src/generators/generator-file.js';

const NETWORK = { imgResolution: 8, imgChannels: 1, labelDim: 2, model: { modelType: 'SongUNet' } };
const metadata = (settings: object) => ({ onestep: JSON.stringify(settings) });

describe('the settings of a network file', () => {
  it('are written as earlier versions wrote them, entry by entry', () => {
    // ScoreDistillation: a generator's settings are extended by the method's name and its own settings.
    const student = describeGenerator(NETWORK, { initSigma: 2.5 });
    const score = describeGenerator(student, { method: 'sid', alpha: 1.2 });
    expect(networkMetadata(score).onestep).toBe(
      JSON.stringify({ ...NETWORK, generator: { initSigma: 2.5, method: 'sid', alpha: 1.2 } }),
    );
    // BOOT: without a range of guidance there is no such entry.
    const boot = describeGenerator(NETWORK, { method: 'boot', initSigma: 80, guidance: undefined });
    expect(networkMetadata(boot).onestep).toBe(
      JSON.stringify({ ...NETWORK, generator: { method: 'boot', initSigma: 80 } }),
    );
  });

  it('are read back: a diffusion model, a generator, class names', () => {
    expect(readGeneratorRecord(metadata(NETWORK))).toEqual({ settings: NETWORK, classNames: null, generator: null });
    const record = { initSigma: 2.5, method: 'boot', guidance: [1, 4] };
    const named = { ...NETWORK, classNames: ['Bag', 'Coat'] };
    expect(readGeneratorRecord(networkMetadata(describeGenerator(named, record)))).toEqual({
      settings: named,
      classNames: ['Bag', 'Coat'],
      generator: record,
    });
    // Latents of its own have no noise level.
    const own = networkMetadata(describeGenerator(NETWORK, { method: 'sid' }));
    expect(readGeneratorRecord(own).generator).toEqual({ method: 'sid' });
  });

  it.each([
    [
      {},
      /^a\.safetensors: its metadata has no network settings \(entry "onestep"\); only files saved by onestep have them\.$/,
    ],
    [{ onestep: '{' }, /are not JSON/],
    [{ onestep: '[]' }, /do not describe a network/],
    [metadata({ ...NETWORK, generator: [] }), /one-step generator without a valid initSigma/],
    [metadata({ ...NETWORK, generator: { initSigma: -1 } }), /one-step generator without a valid initSigma/],
    [metadata({ ...NETWORK, classNames: ['Bag'] }), /class names in its metadata are not 2 strings/],
    [metadata({ ...NETWORK, classNames: ['Bag', 1] }), /class names in its metadata are not 2 strings/],
    [metadata({ ...NETWORK, classNames: 'ab' }), /class names in its metadata are not 2 strings/],
  ])('are refused in %j', (broken: Record<string, string>, message) => {
    expect(() => readGeneratorRecord(broken, 'a.safetensors')).toThrow(message);
  });

  it("a method's tensors are those under the names of its settings", () => {
    const tensor = { shape: [1], data: Float32Array.of(1) };
    const tensors = { 'model.weight': tensor, 'guidance.weight': tensor, guidances: tensor };
    const { network, generator } = splitGeneratorTensors(tensors, { initSigma: 1, guidance: [1, 4] });
    expect([Object.keys(network), Object.keys(generator)]).toEqual([
      ['model.weight', 'guidances'],
      ['guidance.weight'],
    ]);
    expect(splitGeneratorTensors(tensors, null)).toEqual({ network: tensors, generator: {} });
  });
});
