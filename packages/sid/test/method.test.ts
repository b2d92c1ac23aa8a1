import { sid } from '@onestep/sid';
import { describeMethodValue } from '../../../test-support/method-value.js';

describeMethodValue(sid);
