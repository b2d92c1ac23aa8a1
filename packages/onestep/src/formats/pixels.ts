import { CheckpointError } from '@onestep/checkpoint';
import { PixelGenerator, readGeneratorRecord, type NetworkSnapshot, type PixelSettings } from '@onestep/diffusion-core';

/** Builds the pictures of a file. @throws CheckpointError if its settings are not theirs, or the pixels do not fit them */
export function loadPixels(snapshot: NetworkSnapshot, name: string): PixelGenerator {
  const { settings } = readGeneratorRecord(snapshot.metadata, name);
  assertPixelSettings(settings, name);
  const generator = new PixelGenerator(settings);
  try {
    generator.module.loadStateDict(snapshot.tensors);
    return generator;
  } catch (error) {
    generator.module.dispose();
    throw new CheckpointError(name, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}

function assertPixelSettings(
  settings: Readonly<Record<string, unknown>>,
  name: string,
): asserts settings is Record<string, unknown> & PixelSettings {
  const { imgResolution, imgChannels, labelDim, model } = settings;
  const { pictures } = model as { pictures?: unknown };
  const isCount = (value: unknown, least: number) => Number.isInteger(value) && (value as number) >= least;
  const fits = [imgResolution, imgChannels, pictures].every((value) => isCount(value, 1)) && isCount(labelDim, 0);
  if (!fits) throw new CheckpointError(name, 'its settings are not those of pictures');
}
