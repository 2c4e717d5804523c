/** C0 but tab and line feed, DEL, C1, and what turns the direction of text: a terminal takes them for orders. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const ORDERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Text of others, such as the detail of a failure with a file's own words in it, as a terminal may show it. */
export function plainText(text: string): string {
  return text.replace(ORDERS, (order) => `\\u${order.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
