import { readOpenAi, selectOpenAi } from '@onestep/ddpm';
import type { StateDict } from '@onestep/checkpoint';
import type { CheckpointContents } from './checkpoint-contents.js';
import type { CheckpointFormat } from './checkpoint-format.js';

/** The weights of a network of guided-diffusion or consistency_models: settings come from their names and shapes. */
export const OPENAI: CheckpointFormat = {
  name: 'a state dict of guided-diffusion or consistency_models',
  uses: ['ddpm'],
  recognizes: (contents) => findWeights(contents) !== undefined,
  open: (contents, { ddpm }) => ({
    ...readOpenAi(findWeights(contents)!, contents.name, ddpm, contents.json),
    assumed: OPENAI.uses,
  }),
};

function findWeights({ stateDicts }: CheckpointContents): StateDict | undefined {
  return stateDicts.find(({ tensors }) => selectOpenAi(tensors) !== null)?.tensors;
}
