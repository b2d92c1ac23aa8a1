import { metrics } from '../../../parity/checks/metrics.js';
import { describeParity } from '../../../test-support/parity.js';

describeParity(metrics, 'metrics', /^metrics-from-features/);
