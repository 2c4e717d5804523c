import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A member of an interface as the SDK declares it: its doc comment in one line, and its type without wrappers. */
export interface Member {
  readonly comment: string;
  readonly type: string;
}

/** Members by name. */
export type Interface = Readonly<Record<string, Member>>;

const MODULES = path.resolve(import.meta.dirname, '../../node_modules/@pulumi');

const MEMBER =
  /(?:\/\*\*(?<comment>(?:(?!\*\/)[\s\S])*)\*\/\s*)?^\s*(?<name>\w+)\??: (?<type>[^;{]*(?:\{[^}]*\})?[^;]*);$/gm;

/**
 * What the type definitions of a provider's SDK say. The SDKs are generated, all in one form, so their text is read as it
 * stands: with a compiler it would take longer than all the tests that ask.
 */
export class TypeDefinitions {
  /** As in the name of the package, `aws` for `@pulumi/aws`. */
  readonly provider: string;
  readonly #folder: string;
  /** Where each nested interface stands in the text, by its name with its namespace: `s3.BucketGrant`. */
  readonly #nested: ReadonlyMap<string, string>;
  readonly #read = new Map<string, Interface>();

  constructor(provider: string) {
    this.provider = provider;
    this.#folder = path.join(MODULES, provider);
    this.#nested = interfacesIn(this.#textOf('types/input'));
  }

  /** Arguments of a resource by its type, `aws:s3/bucket:Bucket`; undefined when there are no such. */
  argsOf(type: string): Interface | undefined {
    const [, module = '', name = ''] = type.split(':');
    const file = module.replace(/^index\//, '');
    if (!existsSync(path.join(this.#folder, `${file}.d.ts`))) return undefined;
    return this.#members(type, () => interfacesIn(this.#textOf(file)).get(`${name}Args`));
  }

  /** Members of a nested type by its name, `cloudfront.DistributionOrigin`; undefined when there is no such. */
  nested(name: string): Interface | undefined {
    return this.#members(name, () => this.#nested.get(name));
  }

  /** Words of an enum by its name, `rds.InstanceType`. */
  wordsOf(enumName: string): string[] {
    const [namespace = '', name = namespace] = enumName.split('.');
    const file = name === namespace ? 'types/enums/index' : `types/enums/${namespace}/index`;
    const [, body = ''] = new RegExp(`declare const ${name}: \\{([^}]*)\\}`).exec(this.#textOf(file)) ?? [];
    return [...body.matchAll(/: "([^"]*)";/g)].map(([, word = '']) => word);
  }

  #members(key: string, find: () => string | undefined): Interface | undefined {
    const known = this.#read.get(key);
    if (known) return known;
    const text = find();
    if (text === undefined) return undefined;
    const members = membersIn(text);
    this.#read.set(key, members);
    return members;
  }

  #textOf(file: string): string {
    return readFileSync(path.join(this.#folder, `${file}.d.ts`), 'utf8');
  }
}

/** Bodies of interfaces by name; those of a namespace with its name before theirs. */
function interfacesIn(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  let namespace = '';
  for (const { 1: indent = '', 2: kind, 3: name = '', index } of text.matchAll(
    /^( {4})?(?:export )?(?:declare )?(namespace|interface) (\w+) /gm,
  )) {
    if (kind === 'namespace') namespace = `${name}.`;
    else {
      const end = text.indexOf(`\n${indent}}`, index);
      found.set(`${indent === '' ? '' : namespace}${name}`, text.slice(text.indexOf('\n', index), end));
    }
  }
  return found;
}

function membersIn(body: string): Interface {
  return Object.fromEntries(
    [...body.matchAll(MEMBER)].map(({ groups: { comment = '', name = '', type = '' } = {} }) => [
      name,
      { comment: comment.replace(/\s*\n\s*\*? ?/g, ' ').trim(), type: unwrapped(type) },
    ]),
  );
}

/** `pulumi.Input<pulumi.Input<inputs.X>[] | undefined>` is `inputs.X`. */
function unwrapped(type: string): string {
  return type.replace(/pulumi\.Input</g, '').replace(/[>\s]|\[\]|\|\s*undefined/g, '');
}
