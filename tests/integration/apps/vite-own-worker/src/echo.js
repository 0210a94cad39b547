export const echo = (text) => `${text}, ${text}`
