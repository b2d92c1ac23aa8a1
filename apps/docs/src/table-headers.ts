import type { PluginSimple } from 'markdown-it';

/** A cell without text is no header: it becomes an ordinary cell. */
export const tableHeaders: PluginSimple = (md) => {
  md.core.ruler.push('table-headers', ({ tokens }) => {
    tokens.forEach((token, i) => {
      if (token.type !== 'th_open' || tokens[i + 1]!.content !== '') return;
      token.tag = 'td';
      tokens[i + 2]!.tag = 'td';
    });
  });
};
