import { getFile } from '../../src/utils/get_file';

// A process of its own that fetches one file: its arguments come as JSON.
getFile(JSON.parse(process.argv[2]!)).then(
  (path) => process.stdout.write(path),
  (error) => {
    process.stderr.write(error.message);
    process.exitCode = 1;
  },
);
