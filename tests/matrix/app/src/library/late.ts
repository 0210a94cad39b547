export const label = 'late'
