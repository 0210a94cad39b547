// Fault injection: messages that hold the word `unreadable` arrive as messages that could not be read.
export function failToRead(target) {
  const { addEventListener } = target
  target.addEventListener = function (type, listener, options) {
    if (type !== 'message') return addEventListener.call(this, type, listener, options)
    return addEventListener.call(
      this,
      type,
      (event) => {
        if (/unreadable/.test(JSON.stringify(event.data))) this.dispatchEvent(new MessageEvent('messageerror'))
        else listener.call(this, event)
      },
      options,
    )
  }
}
