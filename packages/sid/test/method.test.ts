import type { OptionTable } from '@onestep/diffusion-core';
import { fgm, sid, sim } from '@onestep/sid';
import { describeMethodValue } from '../../../test-support/method-value.js';

for (const method of [sid, sim, fgm]) describeMethodValue<OptionTable>(method);
