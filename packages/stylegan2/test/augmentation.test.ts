import { describeParity } from '../../../test-support/parity.js';
import { stylegan2Augmentation } from '../../../parity/checks/stylegan2-augmentation.js';

describeParity(stylegan2Augmentation, 'training-gan', /^augment/);
