await Promise.resolve()
export const ready = 'ready'
