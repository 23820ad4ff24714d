import assert from 'node:assert/strict'

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

import type { TestAnswer } from '../test-mapae.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly responses: Readonly<Record<string, any>>
}

/** Holds live answers against the OpenAPI document, and remembers which errors it has seen. */
export function createOpenApiContract(document: any) {
  const ajv = new Ajv2020({ strict: false })
  ajv.addSchema({ $id: 'openapi', components: document.components })
  const validators = new Map<object, ValidateFunction>()
  const operations: Operation[] = Object.entries<any>(document.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([method, { responses }]) => ({
      method: method.toUpperCase(),
      path,
      responses,
    })),
  )
  const seen = new Set<string>()

  function validatorOf(schema: any): ValidateFunction {
    const known = validators.get(schema)
    if (known !== undefined) return known
    const whole = schema.$ref === undefined ? schema : { $ref: `openapi${schema.$ref}` }
    const compiled = ajv.compile(whole)
    validators.set(schema, compiled)
    return compiled
  }

  return {
    operations,
    /** Every `METHOD path code` that the document declares. */
    declaredErrors: () =>
      operations.flatMap(({ method, path, responses }) =>
        Object.values(responses).flatMap(({ description }) =>
          [...String(description).matchAll(/`(\w+)`/g)].map(
            ([, code]) => `${method} ${path} ${code}`,
          ),
        ),
      ),
    seenErrors: () => seen,
    /** Fails unless the answer has a declared status, media type and shape. */
    check(method: string, path: string, answer: TestAnswer): TestAnswer {
      const operation = operations.find(
        (one) => one.method === method && patternOf(one.path).test(path),
      )
      assert.ok(operation, `${method} ${path} is not declared`)
      const name = `${method} ${operation.path} ${answer.status}`
      const response = operation.responses[answer.status]
      assert.ok(response, `${name} is not declared: ${JSON.stringify(answer.body)}`)
      if (response.content === undefined) {
        assert.equal(answer.body, null, name)
        return answer
      }
      const [[mediaType, { schema }]] = Object.entries<any>(response.content) as [[string, any]]
      assert.equal(answer.headers.get('content-type'), mediaType, name)
      const validate = validatorOf(schema)
      assert.ok(validate(answer.body), `${name}: ${ajv.errorsText(validate.errors)}`)
      if (answer.status >= 400) {
        const { code } = answer.body as { code: string }
        assert.match(response.description, new RegExp(`\`${code}\``), `${name} ${code}`)
        seen.add(`${method} ${operation.path} ${code}`)
      }
      return answer
    },
  }
}

export type OpenApiContract = ReturnType<typeof createOpenApiContract>

function patternOf(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{\w+\}/g, '[^/]+')}$`)
}
