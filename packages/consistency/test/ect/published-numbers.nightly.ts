import { ectTraining } from '../../../../parity/checks/ect-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(ectTraining, 'training-consistency', /^ect\./);
