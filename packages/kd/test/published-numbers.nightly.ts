import { kdTraining } from '../../../parity/checks/kd-training.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(kdTraining, 'training-adversarial', /^kd/);
