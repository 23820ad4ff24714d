import { testContract } from './contract.ts'
import { createEngines } from './engines.ts'

for (const engine of createEngines()) testContract(engine)
