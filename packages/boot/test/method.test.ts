import { boot } from '@onestep/boot';
import { describeMethodValue } from '../../../test-support/method-value.js';

describeMethodValue(boot);
