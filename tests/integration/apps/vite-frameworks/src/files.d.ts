declare module '*.vue' {
  import type { Component } from 'vue'
  const component: Component
  export default component
}
declare module '*.svelte' {
  import type { Component } from 'svelte'
  const component: Component<{ start: number; publish: (outcome: object) => void }>
  export default component
}
declare module '*.mdx' {
  export function run(start: number, publish: (outcome: object) => void): Promise<void>
}
