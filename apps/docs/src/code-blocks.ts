import type { PluginSimple } from 'markdown-it';

/** Indented code is shown as fenced code is: in a box that scrolls, and that the keyboard reaches. */
export const codeBlocks: PluginSimple = (md) => {
  md.core.ruler.push('code-blocks', ({ tokens }) => {
    for (const token of tokens.filter(({ type }) => type === 'code_block')) {
      Object.assign(token, { type: 'fence', info: 'text', markup: '```' });
    }
  });
};
