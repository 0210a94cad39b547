/** Used by the page and by two closures: a build must hold its text once. */
export function label(name: string): string {
  return `label of ${name}`
}
