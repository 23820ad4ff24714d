// Loaded before each test file: ends the file when something it left running keeps it from ending.
import { after } from 'node:test'
import { isMainThread } from 'node:worker_threads'

/** After the last test; the file's own clean-up runs in this time. */
const CLEAN_UP_MILLISECONDS = 30_000

// Not in the runner itself, nor in threads that a test starts.
if (isMainThread && process.env['NODE_TEST_CONTEXT'] !== undefined) {
  after(() => {
    const late = setTimeout(() => {
      console.error(
        `${process.argv[1]} left running: ${process.getActiveResourcesInfo().join(', ')}`,
      )
      process.exit(1)
    }, CLEAN_UP_MILLISECONDS)
    late.unref()
  })
}
