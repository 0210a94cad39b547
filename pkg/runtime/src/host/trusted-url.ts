// Scripts of workers under `require-trusted-types-for 'script'`, where browsers start none from a plain string.

interface Policy {
  createScriptURL(url: string): URL
}

/** The part of Trusted Types that is used here; not all browsers have it, nor do TypeScript's own types. */
interface TrustedTypes {
  readonly defaultPolicy: object | null
  createPolicy(name: string, rules: Policy): unknown
}

// It lets everything through and is given to nobody: what it is asked for is the address that the build has written.
let policy: Policy | undefined

/** The address of a worker as the page's policy wants it. Where the page forbids our policy it stays a string, and the browser says so. */
export function trustedUrl(url: string): string | URL {
  const { trustedTypes } = globalThis as { trustedTypes?: TrustedTypes }
  // A default policy is the page's own word on strings.
  if (trustedTypes === undefined || trustedTypes.defaultPolicy !== null) return url
  try {
    policy ??= trustedTypes.createPolicy('experimental-threads#worker', {
      createScriptURL: (text) => text as unknown as URL,
    }) as Policy
    return policy.createScriptURL(url)
  } catch {
    return url
  }
}
