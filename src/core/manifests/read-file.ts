import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { isJsonName } from './file-names';

/** What a file turned out to be. `foreign`: a JSON file that holds no Kubernetes object, or nothing that is a regular file. */
export type FileContent =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'unreadable'; readonly message: string }
  | { readonly kind: 'foreign' }
  | { readonly kind: 'absent' };

/** How much is looked at to tell text from something else; as Git does. */
const PROBE = 8_000;

/** Reads one file of a repository: never through a symbolic link, never a pipe or device, never more than `maxBytes`. A byte order mark is dropped, as editors do. */
export async function readManifestFile(file: string, maxBytes: number): Promise<FileContent> {
  try {
    const found = await lstat(file);
    if (!found.isFile()) return { kind: 'foreign' };
    if (found.size > maxBytes) return isJsonName(file) ? { kind: 'foreign' } : { kind: 'unreadable', message: `This file is larger than ${megabytes(maxBytes)}: it is not read.` };
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return contentOf(file, await handle.readFile(), maxBytes);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'absent' };
    if (code === 'ELOOP') return { kind: 'foreign' };
    return { kind: 'unreadable', message: `This file cannot be read (${typeof code === 'string' ? code : 'unknown error'}).` };
  }
}

function contentOf(file: string, bytes: Buffer, maxBytes: number): FileContent {
  // It may have grown since its size was asked for.
  if (bytes.length > maxBytes) return { kind: 'unreadable', message: `This file is larger than ${megabytes(maxBytes)}: it is not read.` };
  if (bytes.subarray(0, PROBE).includes(0)) {
    if (isJsonName(file)) return { kind: 'foreign' };
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    return { kind: 'unreadable', message: utf16 ? 'This file is UTF-16: save it as UTF-8 to have it read.' : 'This is not a text file, whatever its name says: it is not read.' };
  }
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { kind: 'unreadable', message: 'This file is not UTF-8 text: it is not read.' };
  }
  if (isJsonName(file) && !(text.includes('"apiVersion"') && text.includes('"kind"'))) return { kind: 'foreign' };
  return { kind: 'text', text };
}

const megabytes = (bytes: number): string => `${Math.round((bytes / 1_048_576) * 10) / 10} MiB`;
