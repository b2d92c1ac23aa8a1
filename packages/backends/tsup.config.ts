import { library } from '../../tsup.base';

export default library({
  entry: {
    index: 'src/index.ts',
    browser: 'src/browser.ts',
    onnx: 'src/onnx.ts',
    install: 'src/install/index.ts',
    'probe-program': 'src/install/probe-program.ts',
  },
});
