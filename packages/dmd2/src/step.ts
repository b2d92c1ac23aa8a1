import type { ScoreOptions, ScoreStep } from '@onestep/score-distillation';
import { Discriminator, HEADS } from './discriminator.js';
import { FakeScorePhase } from './fake-score-phase.js';
import { GeneratorPhase } from './generator-phase.js';
import type { Dmd2Options } from './options.js';
import type { SampleWeighting } from './sample-weighting.js';
import { warmUp } from './warm-up.js';

/**
 * What distribution matching adds to the loop that it shares with the other methods with a fake score network: Section 4, Yin et
 * al. 2024.
 *
 * @param name of the method
 * @param options of the run
 * @param weighting factors on the score term of each sample; left out, 1
 */
export function distributionMatchingStep<O extends ScoreOptions>(
  name: string,
  options: Dmd2Options,
  weighting?: SampleWeighting,
): ScoreStep<O> {
  const { gan, dfakeGenUpdateRatio: ratio, exclusiveTurns, lr, headLr } = options;
  return {
    name,
    fakeScore: new FakeScorePhase(options),
    generator: new GeneratorPhase(options, weighting),
    turns({ iteration }) {
      if (exclusiveTurns) return [(iteration + 1) % ratio === 0 ? 'generator' : 'fakeScore'];
      return iteration % ratio === 0 ? ['generator', 'fakeScore'] : ['fakeScore'];
    },
    fakeScoreImages: exclusiveTurns ? 'own' : 'generator',
    modules(networks, rng) {
      const states = Object.entries(weighting?.modules() ?? {});
      const head = gan > 0 && {
        module: new Discriminator(options).createHeads(networks, rng),
        phase: 'fakeScore' as const,
        learningRate: (progress: { iteration: number; imagesSeen: number }) =>
          (headLr ?? lr) * warmUp(progress, options),
      };
      return {
        ...(head ? { [HEADS]: head } : {}),
        ...Object.fromEntries(states.map(([name, module]) => [name, { module, phase: 'generator' as const }])),
      };
    },
    record: () => ({ gan }),
  };
}
