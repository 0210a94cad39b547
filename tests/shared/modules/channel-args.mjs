// A worker module whose closure gets a sender as an argument.

const $run = () => async (tx, count) => {
  for (let value = 0; value < count; value++) await tx.send(value)
}
export { $run as run }
