import { dmd2, fDistill } from '@onestep/dmd2';
import { describeMethodValue } from '../../../test-support/method-value.js';

describeMethodValue(dmd2);
describeMethodValue(fDistill);
