// As a chunk that pages and workers share may do, long before the worker listens.
import './polyfill.js'
import 'experimental-threads/worker'
