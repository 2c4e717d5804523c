import { allOf, notIn, type Rule } from '../rules.ts';
import { kept, nothingKept } from '../shared-rules.ts';

/** What cannot be made again. */
const DATA = ['Bucket', 'Instance', 'InstanceAutomatedBackupsReplication', 'Key', 'UserPool'];

/** Members by which AWS itself refuses to delete what is not empty or not released; the first word keeps, the other lets go. */
const LOCKS = [
  ['Bucket', 'forceDestroy', false, true],
  ['Instance', 'deletionProtection', true, false],
  ['Instance', 'skipFinalSnapshot', false, true],
  ['Repository', 'forceDelete', false, true],
  ['UserPool', 'deletionProtection', 'ACTIVE', 'INACTIVE'],
] as const;

const locked =
  (isKept: boolean): Rule =>
  (resources) =>
    LOCKS.flatMap(([kind, member, keeps, lets]) =>
      allOf(resources, kind).flatMap(({ name, inputs }) => {
        const fault = notIn(inputs, member, [isKept ? keeps : lets]);
        return fault ? [`${kind} ${name}: ${fault}`] : [];
      }),
    );

/** What holds for the data of a stack by its `protectData`: it stays, or all of it goes by one `pulumi destroy`. */
export function dataRule(isKept: boolean): Rule {
  const outlives = isKept ? kept(DATA) : nothingKept;
  return (resources) => [...outlives(resources), ...locked(isKept)(resources)];
}
