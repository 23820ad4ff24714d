import { z } from 'zod'

// Lengths here only bound the work; what makes a good name or password is decided behind them.
export const usernameSchema = z
  .string()
  .min(1)
  .max(256)
  .refine((text) => !text.includes('\0'), 'Must not hold NUL.')

export const passwordSchema = z.string().min(1).max(1024)
