// Types of the platform, as values have them: in a program for Node, whose configuration has no library `DOM`, `Transferable` and
// `MessagePort` name no type, and what is no type allows anything.

/** A `MessagePort`. */
export type Port = InstanceType<typeof MessagePort>

/** What `postMessage` takes beside the message: options in a browser, a list in Node. */
type Posted = NonNullable<Parameters<Port['postMessage']>[1]>

/** What can be moved to another thread. */
export type Transferable = Posted extends readonly (infer Item)[]
  ? Item
  : Posted extends { transfer?: (infer Item)[] | undefined }
    ? Item
    : never
