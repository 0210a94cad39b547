// What threads are called whose call gives no name.

import type { Site } from '../protocol.ts'

const names = new WeakMap<Site, string>()

/** `signUp` for the site that the build calls `signUp_3wwysi6mh28t7haz`: the rest only tells sites apart. */
export function nameOf(site: Site): string {
  let name = names.get(site)
  if (name === undefined) names.set(site, (name = site.name.replace(/_[0-9a-z]{16}$/, '')))
  return name
}
