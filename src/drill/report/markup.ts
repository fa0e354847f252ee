/** Text as it stands in HTML and SVG. */
export function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (found) => `&#${found.charCodeAt(0)};`);
}

/** A number as SVG needs it: short. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
