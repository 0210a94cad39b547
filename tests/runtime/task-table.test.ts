import { describe, expect, it } from 'vitest'

import { TaskTable } from '../../pkg/runtime/src/pool/task-table.ts'

interface Item {
  readonly id: number
}

describe('the tasks of a worker', () => {
  it('are found by their numbers, as in a map, however far these lie apart', () => {
    const table = new TaskTable<Item>()
    const map = new Map<number, Item>()
    // Of a thousand numbers, some share a place with one of each other thousand; some stay for long.
    for (let id = 1; id < 20_000; id++) {
      const item = { id }
      table.add(item)
      map.set(id, item)
      for (const gone of [id - (id % 3), id - 700 - (id % 11), id - 5000]) {
        if (gone % 7 === 0 && id - gone < 5000) continue
        expect(table.get(gone)).toBe(map.get(gone))
        table.delete(gone)
        map.delete(gone)
        expect(table.get(gone)).toBe(undefined)
      }
      expect(table.size).toBe(map.size)
    }
    expect(map.size).toBeGreaterThan(1024)
    expect(table.all()).toEqual([...map.values()])
    table.clear()
    expect([table.size, table.all(), table.get(19_999)]).toEqual([0, [], undefined])
  })
})
