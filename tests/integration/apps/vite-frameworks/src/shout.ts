export function shout(text: string): string {
  return `${text}!${'document' in globalThis ? ' on the page' : ''}`
}
