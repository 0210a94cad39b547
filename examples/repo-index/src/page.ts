// One Markdown page: its sections for the search index, and its HTML with highlighted code.
// Nothing here knows about threads. Both libraries are set up when a thread first imports this module.

import MarkdownIt from 'markdown-it'
import { createHighlighterCoreSync } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import bash from 'shiki/langs/bash.mjs'
import html from 'shiki/langs/html.mjs'
import json from 'shiki/langs/json.mjs'
import markdown from 'shiki/langs/markdown.mjs'
import tsx from 'shiki/langs/tsx.mjs'
import typescript from 'shiki/langs/typescript.mjs'
import dark from 'shiki/themes/github-dark.mjs'
import darkContrast from 'shiki/themes/github-dark-high-contrast.mjs'
import light from 'shiki/themes/github-light.mjs'
import lightContrast from 'shiki/themes/github-light-high-contrast.mjs'

/** What the search index stores of one heading and the text below it. */
export interface Section {
  id: string
  title: string
  text: string
}

const highlighter = createHighlighterCoreSync({
  themes: [light, dark, lightContrast, darkContrast],
  langs: [bash, html, json, markdown, tsx, typescript],
  langAlias: {
    js: 'typescript',
    javascript: 'typescript',
    mjs: 'typescript',
    jsx: 'tsx',
    console: 'bash',
    shell: 'bash',
  },
  engine: createJavaScriptRegexEngine(),
})
const known = new Set([...highlighter.getLoadedLanguages(), 'js', 'javascript', 'mjs', 'jsx', 'console', 'shell'])

const themes = {
  light: 'github-light',
  dark: 'github-dark',
  'light-contrast': 'github-light-high-contrast',
  'dark-contrast': 'github-dark-high-contrast',
}
// By default a line that takes half a second is left half coloured; on a busy machine the HTML would depend on luck.
const tokenizeTimeLimit = 0

const markdownIt = new MarkdownIt({
  html: true,
  linkify: true,
  highlight: (code, lang) => (known.has(lang) ? highlighter.codeToHtml(code, { lang, themes, tokenizeTimeLimit }) : ''),
})

/**
 * Parses and renders one page.
 *
 * @param path names the page; the sections' ids start with it
 * @param source the Markdown text
 */
export function renderPage(path: string, source: string): { html: string; sections: Section[] } {
  const tokens = markdownIt.parse(source, {})
  const sections: Section[] = [{ id: path, title: path, text: '' }]
  for (const [at, token] of tokens.entries()) {
    const section = sections.at(-1)!
    if (token.type === 'heading_open') {
      sections.push({ id: `${path}#${sections.length}`, title: tokens[at + 1]?.content ?? '', text: '' })
    } else if (token.type === 'inline') {
      section.text += `${token.content}\n`
    }
  }
  return { html: markdownIt.renderer.render(tokens, markdownIt.options, {}), sections }
}
