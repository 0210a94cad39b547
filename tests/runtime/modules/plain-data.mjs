// A module that holds nothing but data.
export default 'a'
export const n = 1
