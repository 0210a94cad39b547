export const NONE = 0
