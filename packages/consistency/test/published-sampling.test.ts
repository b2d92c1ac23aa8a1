import { consistencySampling } from '../../../parity/checks/consistency-sampling.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(consistencySampling, 'training-consistency', /^sampling/);
