/** The parts of IndexedDB that are used here; Node's types do not know it. */
interface Factory {
  open(name: string): Request<Database>
}

interface Request<Result> extends Target {
  readonly result: Result
  readonly error: Error
}

interface Target {
  addEventListener(type: string, run: () => void): void
}

interface Database {
  createObjectStore(name: string): void
  transaction(name: string, mode: 'readonly' | 'readwrite'): Transaction
  close(): void
}

interface Transaction extends Target {
  readonly error: Error
  objectStore(name: string): {
    get(key: string): Request<unknown>
    put(value: unknown, key: string): void
    delete(key: string): void
  }
}

const DATABASE = 'mapae'
const TABLE = 'saved'

function open(): Promise<Database> {
  const { indexedDB } = globalThis as unknown as { indexedDB: Factory }
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE)
    request.addEventListener('upgradeneeded', () => request.result.createObjectStore(TABLE))
    request.addEventListener('success', () => resolve(request.result))
    request.addEventListener('error', () => reject(request.error))
  })
}

/** The value; `null` is none. Those who only read need not wait for each other. */
export function readFromDatabase<Value extends object>(key: string): Promise<Value | null> {
  return transact<Value>(key, 'readonly', (value) => value)
}

/**
 * Replaces a value by what `change` makes of it, in one transaction: no other tab comes between.
 * `null` is none.
 */
export function updateInDatabase<Value extends object>(
  key: string,
  change: (value: Value | null) => Value | null,
): Promise<Value | null> {
  return transact(key, 'readwrite', change)
}

async function transact<Value extends object>(
  key: string,
  mode: 'readonly' | 'readwrite',
  change: (value: Value | null) => Value | null,
): Promise<Value | null> {
  const database = await open()
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction(TABLE, mode)
      const table = transaction.objectStore(TABLE)
      const request = table.get(key)
      let after: Value | null = null
      request.addEventListener('success', () => {
        const before = (request.result as Value | undefined) ?? null
        after = change(before)
        if (after === before) return
        if (after) table.put(after, key)
        else table.delete(key)
      })
      transaction.addEventListener('complete', () => resolve(after))
      transaction.addEventListener('abort', () => reject(transaction.error))
    })
  } finally {
    database.close()
  }
}
