// Writes the page of tests/conformance anew from its modules:
//
//   node --conditions=mapae-source scripts/conformance-page.ts
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { conformancePage, readModules } from '../tests/conformance/modules.ts'
import { ROOT } from '../tests/repository/source-file.ts'

writeFileSync(join(ROOT, 'tests/conformance/README.md'), conformancePage(readModules()))
