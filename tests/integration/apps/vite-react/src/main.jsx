import { spawn } from 'experimental-threads'
import { createRoot } from 'react-dom/client'
import { renderToString } from 'react-dom/server'

import { Badge } from './badge.jsx'

createRoot(document.body.appendChild(document.createElement('div'))).render(<Badge text="page" />)

spawn(() => renderToString(<Badge text="thread" />)).then(
  (outcome) => Object.assign(globalThis, { outcome }),
  (error) => Object.assign(globalThis, { outcome: String(error.stack) }),
)
