import { CheckpointError } from '@onestep/checkpoint';
import { readGeneratorRecord, type NetworkSnapshot } from '@onestep/diffusion-core';
import { GeneratorNetwork, joinSettings, StyleGan2Generator, type SynthesisGeneratorSettings } from '@onestep/stylegan2';

export function isStyleGan2Settings(settings: Readonly<Record<string, unknown>>): boolean {
  return joinSettings('stylegan2', settings) !== null;
}

export function loadStyleGan2(snapshot: NetworkSnapshot, name: string): StyleGan2Generator {
  const { settings, generator } = readGeneratorRecord(snapshot.metadata, name);
  const network = new GeneratorNetwork(joinSettings('stylegan2', settings) as never as SynthesisGeneratorSettings, null);
  try {
    network.loadStateDict(snapshot.tensors);
    return new StyleGan2Generator(network, generator ?? {});
  } catch (error) {
    network.dispose();
    throw new CheckpointError(name, (error as Error).message.replace(/\.$/, ''), { cause: error });
  }
}
