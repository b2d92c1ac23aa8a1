import { datasets } from '../../../parity/checks/datasets.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(datasets, 'datasets', /^expected-.*\.zip$/);
