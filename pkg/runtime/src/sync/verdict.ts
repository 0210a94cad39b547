/** Why a wait that nobody can end must end now. It ends as it would at its deadline, and whoever makes the error of that takes this one. */

let verdict: Error | undefined

export function setVerdict(error: Error): void {
  verdict = error
}

/** Whether the wait that goes on in this thread must end. */
export function isCondemned(): boolean {
  return verdict !== undefined
}

/** The error to throw instead of that of a deadline, once. */
export function takeVerdict(): Error | undefined {
  const taken = verdict
  verdict = undefined
  return taken
}
