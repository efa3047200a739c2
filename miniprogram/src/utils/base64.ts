// Base64 (RFC 4648) of bytes: `wx.arrayBufferToBase64` is no longer kept up.

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let text = ''
  for (let at = 0; at < bytes.length; at += 3) {
    const three = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
    const left = bytes.length - at
    for (let digit = 0; digit < 4; digit += 1) {
      text += digit > left ? '=' : LETTERS.charAt((three >> (18 - 6 * digit)) & 63)
    }
  }
  return text
}

/** Of a text of plain letters and digits. */
export function base64OfText(text: string): string {
  return base64(Uint8Array.from(text, (letter) => letter.charCodeAt(0)))
}
