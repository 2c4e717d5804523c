import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';

/** The service's own model of a request: members, types, enums and ranges. A part of JSON Schema, as far as it is used. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
}

const FILE = path.join(import.meta.dirname, 'create-job.schema.json');

export interface RequestSchema {
  /** What the service would refuse in a request, in the SDK's names: a line each. None: it takes it. */
  problems(request: unknown): string[];
  /** A request as it goes over the wire (`outputGroups`) in the names of the model (`OutputGroups`). */
  fromWire(body: unknown): unknown;
}

/** Reads the model once for a test file. */
export function requestSchema(): RequestSchema {
  const root = JSON.parse(readFileSync(FILE, 'utf8')) as Schema;
  // Not strict: the model names ranges beside types in ways that ajv finds odd. Patterns are Java's and need no `u`.
  const validate = new Ajv2020({ allErrors: true, strict: false, unicodeRegExp: false }).compile(root);
  return {
    problems(request) {
      if (validate(request)) return [];
      return (validate.errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
      );
    },
    fromWire: (body) => inModelNames(body, root, root),
  };
}

/** Members of structures begin small on the wire; keys of maps stay as they are. What the model has not stays too. */
function inModelNames(value: unknown, schema: Schema, root: Schema): unknown {
  const { properties, additionalProperties, items } = resolved(schema, root);
  if (Array.isArray(value)) return value.map((each) => inModelNames(each, items ?? {}, root));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, member]) => {
    if (!properties) {
      const of = typeof additionalProperties === 'object' ? additionalProperties : {};
      return [name, inModelNames(member, of, root)];
    }
    const modelName = name.slice(0, 1).toUpperCase() + name.slice(1);
    const property = properties[modelName];
    return property ? [modelName, inModelNames(member, property, root)] : [name, member];
  });
  return Object.fromEntries(entries);
}

function resolved(schema: Schema, root: Schema): Schema {
  if (schema.$ref === undefined) return schema;
  const name = schema.$ref.replace('#/$defs/', '');
  const found = root.$defs?.[name];
  if (!found) throw new Error(`The model has no ${name}`);
  return resolved(found, root);
}
