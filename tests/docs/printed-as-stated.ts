/**
 * Whether the output is what a page says, where `…` stands for any characters of one line. How many
 * spaces align a column depends on what varies, and does not count.
 */
export function isPrintedAsStated(output: string, stated: string): boolean {
  const pattern = aligned(stated)
    .split('…')
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^\\n]+')
  return new RegExp(`^${pattern}$`).test(aligned(output))
}

function aligned(text: string): string {
  return text.replaceAll('\r', '').replaceAll(/ +/g, ' ').trim()
}
