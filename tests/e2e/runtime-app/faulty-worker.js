// As a worker.js whose messages may be lost.
import './faults-in-worker.js'
import 'experimental-threads/worker'
