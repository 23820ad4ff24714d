import { z } from 'zod'

/** Parameters of OAuth are read where they are used: what came twice is a list. */
export const parametersSchema = z.record(z.string(), z.union([z.string(), z.array(z.string())]))
