import { meanFlowTraining } from '../../../../parity/checks/mean-flow-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(meanFlowTraining, 'training-consistency', /^meanflow/);
