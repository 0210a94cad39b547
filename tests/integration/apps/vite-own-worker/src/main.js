const worker = new Worker(new URL('./own.js', import.meta.url), { type: 'module' })
worker.addEventListener('message', ({ data }) => Object.assign(globalThis, { outcome: data }))
worker.addEventListener('error', ({ message }) => Object.assign(globalThis, { outcome: { failed: message } }))
