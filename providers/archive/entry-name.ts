/** Code page 437 above ASCII: what a ZIP's names are in unless they say otherwise (APPNOTE 6.3.10, appendix D). */
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';

/** Two characters in a row of Japanese script: single ones turn up in western names that are read the wrong way. */
const JAPANESE = /[\u3005-\u3007\u3041-\u30ff\u4e00-\u9fff]{2}/;
/** Half-width katakana: single bytes in Shift_JIS, and letters of nearly every other code page. */
const HALF_WIDTH = /[\uff61-\uff9f]/;

/**
 * A name as readable text. Names that are marked as UTF-8 are; for the others nobody wrote down what they are: many
 * programs store UTF-8 unmarked, Windows its own code page. Never fails: code page 437 gives every byte a character.
 *
 * @param raw the bytes of the directory
 * @param isUtf8 what the entry's flag says
 */
export function readableName(raw: Buffer, isUtf8: boolean): string {
  if (isUtf8) return raw.toString('utf8');
  return decoded(raw, 'utf-8') ?? japanese(raw) ?? codePage437(raw);
}

function japanese(raw: Buffer): string | null {
  const text = decoded(raw, 'shift_jis');
  return text !== null && JAPANESE.test(text) && !HALF_WIDTH.test(text) ? text : null;
}

/** Null where the bytes are not that encoding. */
function decoded(raw: Buffer, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(raw);
  } catch {
    return null;
  }
}

function codePage437(raw: Buffer): string {
  return Array.from(raw, (byte) => (byte < 128 ? String.fromCharCode(byte) : CP437[byte - 128])).join('');
}
