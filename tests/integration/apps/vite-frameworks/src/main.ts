import { createElement } from 'react'
import { createRoot } from 'react-dom/client'
import { mount } from 'svelte'
import { createApp } from 'vue'

import Bare from './Bare.vue'
import { Component } from './Component.tsx'
import Instance from './Instance.svelte'
import { run } from './Page.mdx'
import Plain from './Plain.vue'
import Setup from './Setup.vue'

const names = ['setup', 'plain', 'bare', 'svelte', 'mdx', 'react']
const found: Record<string, object> = {}

/** Takes what one component found out; with the last one the page is done. */
function publisher(name: string): { start: number; publish: (outcome: object) => void } {
  const publish = (outcome: object): void => {
    found[name] = outcome
    if (names.every((each) => each in found)) Object.assign(globalThis, { outcome: found })
  }
  return { start: 3, publish }
}

const place = (): Element => document.body.appendChild(document.createElement('div'))

createApp(Setup, publisher('setup')).mount(place())
createApp(Plain, publisher('plain')).mount(place())
createApp(Bare, publisher('bare')).mount(place())
mount(Instance, { target: place(), props: publisher('svelte') })
const { start, publish } = publisher('mdx')
void run(start, publish)
createRoot(place()).render(createElement(Component, publisher('react')))
