import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import MarkdownIt from 'markdown-it';
import { METHODS } from 'onestep';
import { expect, it } from 'vitest';
import { formulas } from '../src/formulas.js';
import { optionTables } from '../src/option-tables.js';
import { pageOf } from '../src/pages.js';
import { markdownFiles, ROOT } from '../src/repository.js';
import { sidebar } from '../src/sidebar.js';

const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');
const pages = markdownFiles().filter((file) => file.startsWith('docs/methods/'));

it('each method has a page with formulas and its option table, and the page is in the sidebar', () => {
  const md = new MarkdownIt({ html: true }).use(optionTables).use(formulas);
  const links = sidebar.flatMap(({ items }) => items!.map(({ link }) => link));
  const shown = pages.map((file) => {
    const text = read(file);
    expect(links).toContain(`/${pageOf(file)!.replace(/\.md$/, '')}`);
    expect(md.render(text)).toContain('<p v-pre tabindex="0" class=\'katex-block\'');
    return [...text.matchAll(/<!-- option table of (\S+) in/g)].map(([, name]) => name!);
  });
  expect(shown.flat().sort()).toEqual(METHODS.map(({ name }) => name).sort());
});

it('formulas are rendered wherever they stand, and what is not TeX is an error', () => {
  const md = new MarkdownIt({ html: true }).use(formulas);
  for (const file of markdownFiles().filter((name) => pageOf(name) !== undefined)) md.render(read(file));
  expect(md.render('$x_g$')).toContain('<math');
  expect(() => md.render('$\\nothing{x}$')).toThrow('This is not TeX');
});

it('every page of the sidebar is there', () => {
  const known = new Set(markdownFiles().flatMap((file) => pageOf(file) ?? []));
  const links = sidebar.flatMap(({ items }) => items!.map(({ link }) => link!.replace(/#.*/, '')));
  // The API is written when the site is built.
  expect(links.filter((link) => link !== '/api/' && !known.has(`${link.slice(1)}.md`))).toEqual([]);
});
