export const limits = { rows: 1000 }

document.title = `up to ${limits.rows} rows`
