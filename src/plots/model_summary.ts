import { displaySummaries, type Summary } from '../tfjs/summary';
import { displayWriter } from '../utils/notebook';
import { shown } from '../utils/shown';
import { escapeHtml, tableHtml } from './table';

/** A summary as a page shows it: on a phone, too, where the lines of the text would break. */
export function summaryHtml({ title, header, rows, params }: Summary): string {
  const table = tableHtml({ columns: header, index: [...rows.keys()], values: rows }, Number.POSITIVE_INFINITY);
  return [`<p>${escapeHtml(shown(title))}</p>`, table, `<p>${params.map(escapeHtml).join('<br>')}</p>`].join('\n');
}

// In a notebook `model.summary()` is a table, with what Keras prints as its twin.
displaySummaries((summary) => {
  const write = displayWriter();
  write?.({ data: { 'text/html': summaryHtml(summary), 'text/plain': summary.text }, metadata: {}, transient: {} });
  return write !== undefined;
});
