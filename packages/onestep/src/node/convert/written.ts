import { stat } from 'node:fs/promises';
import type { Safetensors } from '@onestep/checkpoint';
import { readGeneratorRecord, type NetworkSnapshot } from '@onestep/diffusion-core';
import { withoutPublishedRest } from '@onestep/edm';
import type { ReadWeights } from '../../files/read-checkpoint.js';

/** Says what was written: `a.pth: 147 tensors, 1234 bytes`. */
export async function countTensors(dest: string, { tensors }: Pick<Safetensors, 'tensors'>): Promise<string> {
  return `${dest}: ${Object.keys(tensors).length} tensors, ${(await stat(dest)).size} bytes`;
}

/** A line about what was assumed on the way, if anything was. */
export function notesOn({ note }: ReadWeights): string[] {
  return note === null ? [] : [note];
}

/** A line about a one-step generator whose file does not say that it is one; null for a diffusion model. */
export function noteOnRole({ metadata }: NetworkSnapshot, path: string): string | null {
  const { generator } = readGeneratorRecord(metadata, path);
  if (generator === null) return null;
  const said = 'it does not say that it is a one-step generator';
  return generator.initSigma === undefined ? said : `${said}: its input has the noise level ${generator.initSigma}`;
}

/** The network's weights alone, without settings and what a published file holds next to them. */
export function bareWeights(contents: Safetensors): Safetensors {
  return { tensors: withoutPublishedRest(contents).tensors, metadata: {} };
}
