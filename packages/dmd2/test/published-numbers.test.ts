import { dmd2Training } from '../../../parity/checks/dmd2-training.js';
import { fDistillTraining } from '../../../parity/checks/f-distill-training.js';
import { describeParity } from '../../../test-support/parity.js';

// The other files are nightly.
describeParity(dmd2Training, 'training-adversarial', /^dmd2-official/);
describeParity(fDistillTraining, 'training-adversarial', /^f-distill-weights/);
