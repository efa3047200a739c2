// What can go wrong with a call, in one shape: a stable code, a sentence for people, and whether a repeat makes sense.

export type Retry = 'never' | 'later' | 'login'

export class ApiError extends Error {
  /** Stable dotted code: the server's, or one of ours beginning with `client.`. */
  readonly code: string
  /** 0: no answer came. */
  readonly status: number
  readonly details: unknown
  readonly retry: Retry
  /** Seconds the server asks us to wait. */
  readonly retryAfter: number | null

  constructor(code: string, message: string, status = 0, more: { details?: unknown; retryAfter?: number | null } = {}) {
    super(message)
    this.name = 'ApiError'
    this.code = code
    this.status = status
    this.details = more.details ?? null
    this.retryAfter = more.retryAfter ?? null
    this.retry = retryOf(code, status)
  }
}

/** Refusals that are about the way here, not about what was sent. */
const DAMAGED_ON_THE_WAY = ['photo.interrupted', 'photo.hash_mismatch', 'client.not_ours', 'client.other_person']

function retryOf(code: string, status: number): Retry {
  if (status === 401) return 'login'
  if (DAMAGED_ON_THE_WAY.indexOf(code) >= 0) return 'later'
  if (status === 0 || status === 408 || status === 425 || status === 429 || status >= 500) return 'later'
  return 'never'
}

/** The sentence for whatever was thrown. */
export function sentence(error: unknown): string {
  return error instanceof ApiError ? error.message : '小程序出了点问题,请退出后重新打开,已填的内容都在。'
}
