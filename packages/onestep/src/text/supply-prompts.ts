import { checkTakesCaptions, supplyCaptions, type CaptionEncoder, type Labeled } from '@onestep/diffusion-core';
import { fitEncoder } from './fit-encoder.js';

/**
 * Encodes prompts by a text encoder that was handed in.
 *
 * @param textEncoder left out, nothing is done
 * @throws RangeError if it is not the one with which the network was trained, or cannot encode a prompt
 */
export async function supplyPrompts(
  network: Labeled,
  prompts: readonly string[],
  textEncoder: CaptionEncoder | undefined,
): Promise<void> {
  if (textEncoder === undefined) return;
  checkTakesCaptions(network, prompts[0]);
  await supplyCaptions(await fitEncoder(network, textEncoder), prompts);
}
