import { escaped } from '../../src/drill/report/markup.ts';

/**
 * As much of Markdown as our own tables and sentences are written in: paragraphs, lists, tables, **bold**, *emphasis*
 * and `code`. Everything else stays text.
 */
export function markdownToHtml(markdown: string): string {
  return markdown
    .split(/\n\n+/)
    .map((block) => block.trim())
    .filter((block) => block !== '')
    .map(blockToHtml)
    .join('\n');
}

function blockToHtml(block: string): string {
  const lines = block.split('\n');
  if (lines[0]?.startsWith('|')) return table(lines);
  if (lines.every((line) => line.startsWith('- '))) {
    return `<ul>${lines.map((line) => `<li>${inline(line.slice(2))}</li>`).join('')}</ul>`;
  }
  return `<p>${inline(lines.join(' '))}</p>`;
}

function table([head = '', , ...rows]: readonly string[]): string {
  const cells = (line: string, tag: 'td' | 'th') =>
    line
      .slice(1, line.lastIndexOf('|'))
      .split('|')
      .map((cell) => `<${tag}>${inline(cell.trim())}</${tag}>`)
      .join('');
  const body = rows.map((row) => `<tr>${cells(row, 'td')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${cells(head, 'th')}</tr></thead><tbody>${body}</tbody></table></div>`;
}

function inline(text: string): string {
  return escaped(text)
    .replace(/`([^`]+)`/g, '<code>$1</code>')
    .replace(/\*\*([^*]+)\*\*/g, '<strong>$1</strong>')
    .replace(/\*([^*]+)\*/g, '<em>$1</em>');
}
