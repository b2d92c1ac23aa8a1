import { stylegan2Training } from '../../../../parity/checks/stylegan2-training.js';
import { describeParity } from '../../../../test-support/parity.js';

describeParity(stylegan2Training, 'training-gan', /^stylegan2-training(-ada)?\.safetensors$/);
