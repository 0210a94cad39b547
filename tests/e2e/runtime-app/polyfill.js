// What some packages define in workers, to find their way in a page.
globalThis.document ??= { baseURI: 'about:blank', createElement: () => ({}) }
