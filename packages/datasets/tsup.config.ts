import { library } from '../../tsup.base';

export default library({
  // An optional dependency, which tsup would bundle.
  external: ['sharp'],
  entry: { index: 'src/index.ts', 'decoding-thread': 'src/decoding-thread.ts' },
});
