import { consistencyTraining } from '../../../../parity/checks/consistency-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(consistencyTraining, 'training-consistency', /^c[dt][-.]/);
