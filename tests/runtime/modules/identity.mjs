export const run =
  (...captures) =>
  (...args) => [...args, ...captures]
