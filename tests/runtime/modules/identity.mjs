export const run =
  (first, second) =>
  (...args) => [...args, first, second]
