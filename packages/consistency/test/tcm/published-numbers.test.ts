import { tcmTraining } from '../../../../parity/checks/tcm-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(tcmTraining, 'training-consistency', /^tcm\./);
