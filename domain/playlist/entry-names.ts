const NAME_LENGTH_MAX = 1024;
const TITLE_LENGTH_MAX = 200;
/** Controls, and what turns the direction of writing: a name is shown to people, and Postgres takes no NUL. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** `Course/Week 1/intro.mp4` -> `intro.mp4`. Windows programs write backslashes. */
export function baseNameOf(name: string): string {
  return name.split(/[/\\]/).at(-1) ?? '';
}

/** A name that would write outside the folder it is unpacked to. We never make a path of one; who sends it is up to something. */
export function leadsElsewhere(name: string): boolean {
  return (
    name.includes('\0') ||
    /^[/\\]/.test(name) ||
    /^[A-Za-z]:/.test(name) ||
    name.split(/[/\\]/).some((segment) => segment === '..')
  );
}

/** A name as it is stored and shown. Of a long one the end: there it says what the file is called, and of which kind it is. */
export function showableName(name: string): string {
  return name.replace(UNSHOWABLE, '\ufffd').slice(-NAME_LENGTH_MAX).toWellFormed();
}

/** `Course/intro.mp4` -> `intro`: 1 to 200 characters, as titles have. */
export function titleOf(name: string): string {
  const base = baseNameOf(showableName(name)).trim();
  const bare = base.replace(/\.[A-Za-z0-9]{1,8}$/, '').trim();
  return [...(bare || base || 'Untitled')].slice(0, TITLE_LENGTH_MAX).join('');
}
