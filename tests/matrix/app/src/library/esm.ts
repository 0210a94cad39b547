export default function shout(text: string): string {
  return text.toUpperCase()
}
export const label = 'label'
let calls = 0
export const count = (): number => ++calls
