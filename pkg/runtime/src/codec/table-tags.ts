// What stands in the table of a packet.

/** Tags of ours start with a character that `registerTravel` callers have no reason to use; tags never meet user data. */
export const TAGS = {
  error: '!error',
  buffer: '!buffer',
  instance: '!instance',
  hooked: '!hooked',
  fill: '!fill',
} as const

export type Tags = typeof TAGS

/** What entries of hooked instances hold. */
export interface HookedData {
  readonly key: string
  readonly data: unknown
}
