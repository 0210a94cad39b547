/** Refuses options that nobody reads: a misspelt option would otherwise be ignored in silence. */

/**
 * Checks that `given` has only keys of `known`.
 *
 * @param where names the call in the error, for example `transform()`
 * @throws TypeError for the first unknown option, with the nearest known one as a suggestion
 */
export function checkOptions(given: object, known: readonly string[], where: string): void {
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue
    const near = nearest(key, known)
    const hint = near === undefined ? `known options: ${known.join(', ')}` : `did you mean "${near}"?`
    throw new TypeError(`${where}: unknown option "${key}"; ${hint}`)
  }
}

function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined
  // A third of the letters wrong is still a slip of the finger; more is another word.
  let bound = Math.max(2, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < bound) {
      bound = distance
      best = candidate
    }
  }
  return best
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
