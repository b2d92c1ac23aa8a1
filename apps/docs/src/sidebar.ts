import type { DefaultTheme } from 'vitepress';

type Item = DefaultTheme.SidebarItem;

/** Entries `[text, page]`, and groups of them. */
const items = (entries: readonly (readonly [string, string])[]): Item[] => entries.map(([text, link]) => ({ text, link }));

export const navigation: DefaultTheme.NavItem[] = [];
export const sidebar: Item[] = items([['Overview', '/overview']]);
