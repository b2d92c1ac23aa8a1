import { expect, it } from 'vitest';
import { kd } from '@onestep/kd';
import { describeMethodValue } from '../../../test-support/method-value.js';

describeMethodValue(kd);

it('refuses options that are not allowed', () => {
  expect(() => kd.settle({ loss: 'l3' as 'l2' })).toThrow('loss must be one of l2, l1, pseudo-huber, lpips, not "l3"');
  expect(() => kd.settle({ warmup: -1 })).toThrow('warmup must be a whole number from 0');
  expect(kd.settle({ clipGradNorm: null }).clipGradNorm).toBe(null);
});
