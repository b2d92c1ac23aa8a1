import { dmd2Training } from '../../../parity/checks/dmd2-training.js';
import { fDistillTraining } from '../../../parity/checks/f-distill-training.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(dmd2Training, 'training-adversarial', /^dmd2-/);
describeParity(fDistillTraining, 'training-adversarial', /^f-distill-/);
