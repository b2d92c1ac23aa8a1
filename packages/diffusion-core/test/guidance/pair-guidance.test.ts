import { expect, it } from 'vitest';
import { checkPairGuidance, describePairGuidance } from '@onestep/diffusion-core';
import { MlpDenoiser } from '@onestep/diffusion-core/toy';

const teacher = new MlpDenoiser({ imgResolution: 1, imgChannels: 1, labelDim: 2, hidden: 2, sigmaData: 1 });

it('pairs fit a method that is guided alike: by the same scale, and by a weaker network or not', () => {
  const byItself = describePairGuidance({ scale: 2 }, null);
  const byWeaker = describePairGuidance({ scale: 2, weaker: teacher }, 'digest');
  expect(() => checkPairGuidance(byItself, { guidance: 2 }, { teacher })).not.toThrow();
  expect(() => checkPairGuidance(byWeaker, { guidance: 2 }, { teacher, weaker: teacher })).not.toThrow();
  expect(() => checkPairGuidance(undefined, { guidance: 1 }, { teacher })).not.toThrow();
  expect(() => checkPairGuidance(byWeaker, { guidance: 2 }, { teacher })).toThrow(
    'made with guidance 2 by a weaker network, and the method has guidance 2.',
  );
  expect(() => checkPairGuidance(byItself, { guidance: 2 }, { teacher, weaker: teacher })).toThrow(
    'made with guidance 2, and the method has guidance 2 by a weaker network.',
  );
  expect(() => checkPairGuidance(byItself, { guidance: null }, { teacher })).toThrow('the method has no guidance');
  expect(() => describePairGuidance({ scale: [1, 4] }, null)).toThrow('one scale of guidance, not 1 to 4');
});
