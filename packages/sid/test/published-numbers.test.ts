import { sidTraining } from '../../../parity/checks/sid-training.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(sidTraining, 'training', /^sid-/);
