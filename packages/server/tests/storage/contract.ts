import { testAttempts, testEvents } from './contract/attempts-events.ts'
import { testAuthorization } from './contract/authorization.ts'
import { testBrowserSessions } from './contract/browser-sessions.ts'
import { testClients } from './contract/clients.ts'
import { testCodes, testRefusedCodes } from './contract/authorization-codes.ts'
import { testDevices } from './contract/devices.ts'
import { testHousekeeping } from './contract/housekeeping.ts'
import { testLogoutNotices } from './contract/logout-notices.ts'
import { testRevocations } from './contract/revocations.ts'
import { testRotation } from './contract/rotation.ts'
import { testSessions } from './contract/sessions.ts'
import { testSignals } from './contract/signals.ts'
import { testSigningKeys } from './contract/signing-keys.ts'
import { testUsers } from './contract/users.ts'
import type { TestEngine } from './engines.ts'

/** What every storage engine must do, alone and under many callers at once. */
export function testContract(engine: TestEngine): void {
  testUsers(engine)
  testSessions(engine)
  testBrowserSessions(engine)
  testRotation(engine)
  testRevocations(engine)
  testAttempts(engine)
  testEvents(engine)
  testSignals(engine)
  testSigningKeys(engine)
  testClients(engine)
  testAuthorization(engine)
  testCodes(engine)
  testRefusedCodes(engine)
  testDevices(engine)
  testLogoutNotices(engine)
  testHousekeeping(engine)
}
