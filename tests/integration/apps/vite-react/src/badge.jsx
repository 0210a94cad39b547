import { useState } from 'react'

export function Badge({ text }) {
  const [shown] = useState(text)
  return <b>{shown}</b>
}
