import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { S3Error } from './s3-error.ts';

/** What an answer's elements may hold: undefined leaves one out, an array repeats it. */
export type XmlValue = string | number | boolean | undefined | readonly XmlValue[] | XmlElements;
export interface XmlElements {
  readonly [name: string]: XmlValue;
}

/** An element of a request: children by name, or its text. */
export type XmlNode = string | { readonly [name: string]: readonly XmlNode[] };

const NAMESPACE = ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"';

/** Writes a document. `<Error>` carries no namespace, as on AWS: clients that look for a bare `Code` would miss it. */
export function writeXml(root: string, elements: XmlElements): string {
  const namespace = root === 'Error' ? '' : NAMESPACE;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${namespace}>${writeChildren(elements)}</${root}>`;
}

function writeChildren(elements: XmlElements): string {
  return Object.entries(elements)
    .map(([name, value]) => writeElement(name, value))
    .join('');
}

function writeElement(name: string, value: XmlValue): string {
  if (value === undefined) return '';
  if (isArray(value)) return value.map((item) => writeElement(name, item)).join('');
  const content = typeof value === 'object' ? writeChildren(value) : escapeXml(String(value));
  return `<${name}>${content}</${name}>`;
}

// Array.isArray does not narrow a readonly array out of a union.
const isArray = (value: XmlValue): value is readonly XmlValue[] => Array.isArray(value);

function escapeXml(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: keys may hold control characters, which XML cannot
  return text.replace(/[&<>"'\u0000-\u001f]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Reads a request document whose root must be `root`; every element becomes a list.
 * MalformedXML for anything else. A document type declaration is refused and the parser expands nothing, so
 * there are no entities to blow up; the five predefined ones and character references are decoded here.
 */
export function readXml(text: string, root: string): XmlNode {
  if (/<!(DOCTYPE|ENTITY)/i.test(text) || XMLValidator.validate(text) !== true)
    throw new S3Error('MalformedXML');
  const parser = new XMLParser({
    parseTagValue: false,
    trimValues: false,
    processEntities: false,
    ignoreAttributes: true,
    ignoreDeclaration: true,
    removeNSPrefix: true,
    isArray: () => true,
    tagValueProcessor: (_name, value) => decodeEntities(value),
  });
  const parsed = parseOrRefuse(parser, text);
  const node = childrenOf(parsed, root)[0];
  if (node === undefined) throw new S3Error('MalformedXML');
  return node;
}

function parseOrRefuse(parser: XMLParser, text: string): XmlNode {
  try {
    return parser.parse(text) as XmlNode;
  } catch {
    throw new S3Error('MalformedXML');
  }
}

/** The children of that name, in document order; none for a node that is text. */
export function childrenOf(node: XmlNode, name: string): readonly XmlNode[] {
  return typeof node === 'object' && Object.hasOwn(node, name) ? (node[name] ?? []) : [];
}

/** The text of the first child of that name. */
export function textOf(node: XmlNode, name: string): string | undefined {
  const child = childrenOf(node, name)[0];
  return child === undefined ? undefined : plainText(child);
}

/** The texts of all children of that name. */
export function textsOf(node: XmlNode, name: string): string[] {
  return childrenOf(node, name).map(plainText);
}

/** An element with attributes or white space beside children arrives as an object with `#text`. */
function plainText(node: XmlNode): string {
  if (typeof node === 'string') return node;
  const text = node['#text'];
  return text === undefined ? '' : String(text);
}

const PREDEFINED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&(#x[0-9a-f]{1,6}|#\d{1,7}|amp|lt|gt|quot|apos);/gi, (whole, name: string) => {
    if (!name.startsWith('#')) return PREDEFINED[name.toLowerCase()] ?? whole;
    const code = /^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
