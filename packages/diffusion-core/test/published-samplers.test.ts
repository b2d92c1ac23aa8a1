import { samplers } from '../../../parity/checks/samplers.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(samplers, 'samplers', /\.safetensors$/);
