import { diffInstructTraining } from '../../../parity/checks/diff-instruct-training.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(diffInstructTraining, 'training', /^diff-instruct-/);
