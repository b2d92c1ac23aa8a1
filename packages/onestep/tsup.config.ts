import { library } from '../../tsup.base';

// Which of the two hosts is used is decided by whoever imports the package: see "imports" in package.json.
export default library({
  entry: {
    index: 'src/index.ts',
    'node/index': 'src/node/index.ts',
    'host/node': 'src/host/node.ts',
    'host/browser': 'src/host/browser.ts',
  },
  external: ['#host'],
});
