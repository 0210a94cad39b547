import { Global, Mutex, spawn } from "experimental-threads";

// This Mutex wraps a SharedArrayBuffer. Because it is Global<T>, every
// worker that imports this module gets the same underlying memory buffer.
const sharedLock = new Global(new Mutex(new SharedArrayBuffer(4)));

// Main thread: acquire the lock and write an initial value
{
  using guard = await sharedLock.value.lock();
  new Int32Array(guard.value)[0] = 1;
}

await eval(spawn(async () => {
  using guard = await sharedLock.value.lock();
  const view = new Int32Array(guard.value);

  console.log(view[0]); // 1
  view[0] = 2;
  guard.unlock(); // added: as printed, the closure keeps the lock for which the nested one waits

  // Workers can spawn nested sub-threads
  await eval(spawn(async () => {
    using guard = await sharedLock.value.lock();
    new Int32Array(guard.value)[0] = 3;
  }));
}));

{
  using guard = await sharedLock.value.lock();
  console.log(new Int32Array(guard.value)[0]); // 3
}
