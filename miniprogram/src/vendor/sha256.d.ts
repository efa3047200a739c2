/** SHA-256, in one go or piece by piece. */
export interface Sha256 {
  update(bytes: Uint8Array): this
  digest(): Uint8Array
}
export const sha256: {
  (bytes: Uint8Array): Uint8Array
  create(): Sha256
}
