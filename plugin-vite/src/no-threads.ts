// Stands for every closure where threads cannot run: loading it fails, and the error of the spawn names this one as its cause.

import { diagnose } from './diagnostics.ts'

throw new Error(diagnose('E406').message)
