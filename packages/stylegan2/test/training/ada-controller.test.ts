import { describe, expect, it } from 'vitest';
import { AdaController } from '@onestep/stylegan2';

const settings = { batch: 100, p: 0, target: 0.6, interval: 2, kimg: 1 };

describe('AdaController', () => {
  it('raises p where real images get positive logits too often, by what the batches since then are worth', () => {
    const ada = new AdaController(settings);
    ada.count([1, 2, 3]);
    ada.adjust(1);
    expect(ada.p).toBe(0);
    ada.count([0.1]);
    ada.adjust(2);
    expect(ada.p).toBeCloseTo(0.2);
  });

  it('counts anew after each change, and a logit of 0 as neither', () => {
    const ada = new AdaController({ ...settings, p: 0.5 });
    ada.count([1, 1, 1, 1]);
    ada.adjust(2);
    // The mean sign is 0.5 of the last four alone, below the target.
    ada.count([0, 1, 1, 0]);
    ada.adjust(4);
    expect(ada.p).toBeCloseTo(0.5);
  });

  it('never lets p fall below 0, and leaves it alone without a target', () => {
    const falling = new AdaController(settings);
    falling.count([-1]);
    falling.adjust(2);
    expect(falling.p).toBe(0);
    const fixed = new AdaController({ ...settings, p: 0.3, target: null });
    fixed.count([1]);
    fixed.adjust(2);
    expect(fixed.p).toBe(0.3);
  });

  it('goes on from its state', () => {
    const whole = new AdaController(settings);
    whole.count([1, 1]);
    const resumed = new AdaController(settings);
    resumed.restore(JSON.parse(JSON.stringify(whole.snapshot())) as ReturnType<AdaController['snapshot']>);
    for (const each of [whole, resumed]) {
      each.count([-1]);
      each.adjust(2);
    }
    expect(resumed.snapshot()).toEqual(whole.snapshot());
  });
});
