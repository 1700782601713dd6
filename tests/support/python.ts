import path from 'node:path';
import { root } from './root';

/** The virtual environment's Python. */
export const python = path.join(root, '.venv', 'bin', 'python');
