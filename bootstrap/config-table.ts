import { type VariableNotes, variableNotes } from './config-fields.ts';
import { CONFIG_SCHEMA, VARIABLE_NAMES, type VariableName } from './config-schema.ts';

export interface ConfigTableRow {
  readonly name: VariableName;
  /** In words; empty where there is none. */
  readonly default: string;
  readonly description: string;
}

/** Every variable, for the documentation. */
export function configTable(): ConfigTableRow[] {
  return VARIABLE_NAMES.map((name) => {
    const schema = CONFIG_SCHEMA.shape[name];
    const inner = 'unwrap' in schema ? schema.unwrap() : schema;
    return {
      name,
      default: defaultOf(name, variableNotes.get(inner)),
      description: schema.description ?? '',
    };
  });
}

function defaultOf(name: VariableName, notes: VariableNotes | undefined): string {
  if (notes?.byDefault !== undefined) return notes.byDefault;
  const { def } = CONFIG_SCHEMA.shape[name];
  if (def.type !== 'default' || !('defaultValue' in def)) return '';
  return Array.isArray(def.defaultValue) ? def.defaultValue.join(', ') : String(def.defaultValue);
}
