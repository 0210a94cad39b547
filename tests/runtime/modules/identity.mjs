export const run =
  (...given) =>
  (...args) => [...args, ...given.slice(0, -1)]
