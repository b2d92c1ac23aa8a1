import { networksFull } from '../../../parity/checks/networks-full.js';
import { describeParity } from '../../../test-support/parity.js';

// Full size: the plain JavaScript backend would take minutes.
if (process.env.ONESTEP_TEST_BACKEND !== 'cpu') describeParity(networksFull, 'networks-full', /^cifar10/);
