// @ts-check
// What the matrix needs besides this Node and Chromium: other runtimes, a driver, and two more browsers.

import { existsSync } from 'node:fs'

import { installPackages } from './build.mjs'
import { attempt, exists } from './step.mjs'

const MATRIX = 'tests/matrix'

/** Debian's package, with a file of it. */
const DEBIAN = {
  'firefox-esr': '/usr/bin/firefox-esr',
  'webkit2gtk-driver': '/usr/bin/WebKitWebDriver',
  xvfb: '/usr/bin/Xvfb',
}

/** Installs what can be installed without a question, and has the suite `matrix` fail for a host that is still missing. */
export async function prepareMatrix() {
  process.env['MATRIX'] = 'all'
  await installPackages(MATRIX)
  const wanted = Object.entries(DEBIAN).flatMap(([name, file]) => (existsSync(file) ? [] : [name]))
  if (wanted.length === 0 || process.getuid?.() !== 0 || !exists('apt-get')) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await attempt({ what: 'refresh the package lists', command: 'apt-get', args: ['update', '-q'], env })
  const args = ['install', '-y', '-q', '--no-install-recommends', ...wanted]
  await attempt({ what: `install ${wanted.join(', ')}`, command: 'apt-get', args, env })
}
