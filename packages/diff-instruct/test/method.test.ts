import { diffInstruct } from '@onestep/diff-instruct';
import { describeMethodValue } from '../../../test-support/method-value.js';

describeMethodValue(diffInstruct);
