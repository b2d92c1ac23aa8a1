import { sidaTraining } from '../../../../parity/checks/sida-training.js';
import { describeParity } from '../../../../test-support/parity.js';

// The third file, of an unconditional network past both gates, is one of the nightly tests.
describeParity(sidaTraining, 'training-adversarial', /^sida-/);
