export const table = { call: () => 'made there' }
