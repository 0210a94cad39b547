import { spawn } from 'experimental-threads'

export const read = (): Promise<string> => spawn(() => document.title)
