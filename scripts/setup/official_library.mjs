import fs from 'node:fs';
import { createRequire } from 'node:module';
import { python, reason, run, SetupError } from './steps.mjs';

const require = createRequire(import.meta.url);

/** @typedef {{ path: string, hash: string }} Archive its path on the server that tfjs-node names, and `sha256:<hex>` */

/**
 * The archives of libtensorflow that tfjs-node 4.22 takes. Their publisher names no hashes: these are what nixpkgs records
 * (pkgs/by-name/mj/mjolnir, pkgs/servers/nextcloud), for both x64 under Linux and macOS also wamuir/graft's Bazel rules, and
 * for Windows microsoft/tensorflow-directml-plugin.
 * @type {Record<string, Archive>}
 */
const ARCHIVES = {
  'linux x64': {
    path: 'tensorflow/libtensorflow/libtensorflow-cpu-linux-x86_64-2.9.1.tar.gz',
    hash: 'sha256:7f510d2546e3db5e10b1d119463689003d587842892ad3c95bca51cf82820173',
  },
  'linux arm64': {
    path: 'tf-builds/libtensorflow_r2_7_linux_arm64.tar.gz',
    hash: 'sha256:9395d1ff39f5b6847f5121e679ff4e599dc7061a2a7f87ceac061c78e908e6e3',
  },
  'darwin x64': {
    path: 'tensorflow/libtensorflow/libtensorflow-cpu-darwin-x86_64-2.9.1.tar.gz',
    hash: 'sha256:56f83d3320ba0f69aaafd6c058645e1b7fbc75fb9a3fc36d6be98de1291ca226',
  },
  'darwin arm64': {
    path: 'tf-builds/libtensorflow_r2_7_darwin_arm64_cpu.tar.gz',
    hash: 'sha256:13ab22b97e2af06e431aaeb7b42fb89981965dd01aa16da035d8210aa4183d79',
  },
  'win32 x64': {
    path: 'tensorflow/libtensorflow/libtensorflow-cpu-windows-x86_64-2.9.1.zip',
    hash: 'sha256:56fa7e84c984144311563b405bd0e565568f3cbe2c15ac4713e9c8174a02b00f',
  },
};

/** The archive for this computer. */
export function officialArchive(system = `${process.platform} ${process.arch}`) {
  const archive = ARCHIVES[system];
  if (archive) return archive;
  throw new SetupError(
    `Expected a system that TensorFlow's C library is published for: ${Object.keys(ARCHIVES).join(', ')}. Received: ${system}.`,
  );
}

/**
 * Unpacks the official library, which is downloaded once into the cache and taken by its hash only. The binding for it is
 * built here: the prebuilt ones, of which there is one for Linux, have no hash that is known.
 * @param {Archive} archive
 * @param {string} folder
 */
export async function officialLibrary({ path, hash }, folder) {
  /** @type {typeof import('../../src/utils/get_file.js')} */
  const { getFile } = require('../../dist/utils/get_file.js');
  // As tfjs-node itself has it, for those who keep a mirror: whatever it sends, the hash decides.
  const { TFJS_NODE_CDN_STORAGE, CDN_STORAGE } = process.env;
  const server = TFJS_NODE_CDN_STORAGE || CDN_STORAGE || 'https://storage.googleapis.com/';
  const fileName = path.slice(path.lastIndexOf('/') + 1);
  const file = await getFile({ fileName, cacheSubdir: 'tensorflow', hash, urls: [server + path] }).catch((error) => {
    throw new SetupError(
      `The official library could not be had. ${reason(error)}\nOn Linux x86-64, THAW_TENSORFLOW=wheel needs none.`,
    );
  });
  fs.mkdirSync(folder, { recursive: true });
  const unpack = 'import shutil, sys; shutil.unpack_archive(*sys.argv[1:])';
  if ((await run(python, ['-W', 'ignore', '-c', unpack, file, folder])) !== 0)
    throw new SetupError(`${file} could not be unpacked; see above.`);
}
