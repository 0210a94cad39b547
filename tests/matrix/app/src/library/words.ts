import { channel } from 'experimental-threads'

export const [words, wordsRead] = channel<string>()
