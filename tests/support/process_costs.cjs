// What a process costs, and those that it starts, as Linux tells it in /proc.
const { readFileSync } = require('node:fs');

/** @param {string | number} pid @param {string} field of its status, in kB @returns MB; 0 where it has ended */
function memory(pid, field) {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(status.match(new RegExp(`${field}:\\s+(\\d+)`))?.[1] ?? 0) / 1000;
  } catch {
    return 0;
  }
}

/** The processes that this one has started and that have not ended. */
const children = () => readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean);

/** The most memory, in MB, that a child has taken, as far as one sees by looking now. */
function largestChild() {
  const peaks = children().map((child) => {
    try {
      // Until it is another program, it has this one's memory.
      const own = readFileSync('/proc/self/cmdline', 'utf8');
      return readFileSync(`/proc/${child}/cmdline`, 'utf8') === own ? 0 : memory(child, 'VmHWM');
    } catch {
      return 0; // it has ended meanwhile
    }
  });
  return Math.max(0, ...peaks);
}

/** @param {string} pid @param {number} count @returns seconds: of itself for 2, of its children that have ended, too, for 4 */
function secondsOf(pid, count) {
  try {
    // Behind the name: user and system time, its own and that of its children, in hundredths of a second.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return fields.slice(11, 11 + count).reduce((sum, field) => sum + Number(field), 0) / 100;
  } catch {
    return 0; // it has ended meanwhile
  }
}

/** The processor's time, in seconds, that this process and its children have used so far: the same on a busy machine. */
const processorSeconds = () => children().reduce((sum, child) => sum + secondsOf(child, 2), secondsOf('self', 4));

module.exports = { children, largestChild, memory, processorSeconds };
