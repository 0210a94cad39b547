import { title } from './vendor/dom.js'

document.body.append(title)
