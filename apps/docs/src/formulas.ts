import { katex } from '@mdit/plugin-katex';
import type { PluginSimple } from 'markdown-it';

/**
 * Renders `$...$` and `$$...$$` when the site is built, as HTML and as MathML for those who hear it. A formula that is wider than
 * the screen scrolls in its own box, which the keyboard reaches.
 *
 * @throws Error if a formula is not TeX
 */
export const formulas: PluginSimple = (md) => {
  md.use(katex, {
    output: 'htmlAndMathml',
    throwOnError: true,
    logger: () => 'error',
    transformer(html: string, isDisplay: boolean) {
      if (html.includes('katex-error')) throw new Error(`This is not TeX: ${html.replace(/<[^>]*>/g, '')}`);
      // Vue must not read the braces of TeX.
      return isDisplay ? html.replace(/^<p/, '<p v-pre tabindex="0"') : `<span v-pre>${html}</span>`;
    },
  });
};
