import { sidaTraining } from '../../../../parity/checks/sida-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(sidaTraining, 'training-adversarial', /^sida\.safetensors$/);
