type Defined<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

/** The same members without those that are undefined: a verb's optional member is either there or not. */
export function definedMembers<T extends object>(members: T): Defined<T> {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Defined<T>;
}
