import 'experimental-threads/worker'
