/** Whether the output is what a page says, where `…` stands for any characters of one line. */
export function isPrintedAsStated(output: string, stated: string): boolean {
  const pattern = stated
    .trim()
    .split('…')
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join('[^\\n]+')
  const plain = output.replaceAll('\r', '').trim()
  return new RegExp(`^${pattern}$`).test(plain)
}
