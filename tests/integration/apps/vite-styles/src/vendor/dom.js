/** Like many packages for pages, it touches the document as soon as it is loaded. */
export const title = document.createElement('h1')
