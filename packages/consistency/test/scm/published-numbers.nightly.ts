import { scmTraining } from '../../../../parity/checks/scm-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(scmTraining, 'training-consistency', /^scm/);
