export type { Prove } from './testing/prover.ts'
export type { TestRevocation } from './testing/test-feed.ts'
export {
  createTestIssuer,
  type TestClaims,
  type TestIssuer,
  type TestIssuerOptions,
} from './testing/test-issuer.ts'
