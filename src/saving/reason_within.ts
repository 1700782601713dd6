import { sep } from 'node:path';
import { reason } from '../utils/reason';
import { shown } from '../utils/shown';

/**
 * What went wrong, as `reason` has it. What lies in a temporary folder is called by its name alone, which is that of a part of
 * the user's file: the folder is gone when the error is read.
 *
 * @param folder The whole path of the folder.
 */
export const reasonWithin = (error: unknown, folder: string) => reason(error).replaceAll(shown(folder + sep), '');
