import type { Instruction } from './compile.ts'

/** The locals that an expression reads. */
export function readsOf(text: string): number[] {
  return [...text.matchAll(/\$(\d+)/g)].map((match) => Number(match[1]))
}

/** Which locals are read after an instruction was reached, itself included: the others do not make states differ. */
export function liveness(code: readonly Instruction[]): number[][] {
  const live = code.map(() => new Set<number>())
  for (let changed = true; changed;) {
    changed = false
    for (let pc = code.length - 1; pc >= 0; pc--) {
      const set = live[pc]!
      const before = set.size
      for (const next of followers(code, pc))
        for (const slot of live[next]!) if (slot !== code[pc]!.writes) set.add(slot)
      for (const slot of code[pc]!.reads) set.add(slot)
      if (set.size !== before) changed = true
    }
  }
  return live.map((set) => [...set].sort((a, b) => a - b))
}

/** For each instruction, whether one for which `is` holds can be reached from it, itself included. */
export function reaches(code: readonly Instruction[], is: (instruction: Instruction) => boolean): boolean[] {
  const found = code.map(is)
  for (let changed = true; changed;) {
    changed = false
    for (let pc = code.length - 1; pc >= 0; pc--) {
      if (found[pc] || !followers(code, pc).some((next) => found[next])) continue
      found[pc] = changed = true
    }
  }
  return found
}

function followers(code: readonly Instruction[], pc: number): number[] {
  const instruction = code[pc]!
  if (instruction.op === 'end') return []
  if (instruction.op === 'jump') return [instruction.target]
  return instruction.op === 'branch' ? [pc + 1, instruction.target] : [pc + 1]
}
