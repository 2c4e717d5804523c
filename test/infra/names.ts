import type { Rule } from './rules.ts';
import type { TypeDefinitions } from './type-definitions.ts';

/** How a resource may be called at its cloud. */
export interface NameForm {
  /** Member that says the name; left out there, Pulumi makes one of ours and eight characters more. */
  readonly member?: string;
  readonly max: number;
  readonly form: RegExp;
}

/** By the last part of the type. */
export type NameForms = Readonly<Record<string, NameForm>>;

/** A hyphen and seven digits, which Pulumi adds so that a resource can be replaced by one beside it. */
const SUFFIX = '-1a2b3c4';

/** Names that the cloud would refuse. A type that has a name and whose form is not told here is a fault as well. */
export function namesFit(forms: NameForms, definitions: TypeDefinitions): Rule {
  return (resources) =>
    resources.flatMap(({ type, name, inputs }) => {
      const kind = type.split(':').at(-1) ?? '';
      const { member = 'name', max, form } = forms[kind] ?? {};
      if (form === undefined || max === undefined)
        return 'name' in (definitions.argsOf(type) ?? {})
          ? [`${type}: the form of its names is not told`]
          : [];
      const called = String(inputs[member] ?? `${name}${SUFFIX}`);
      return called.length <= max && form.test(called) ? [] : [`${type} ${name}: cannot be called ${called}`];
    });
}
