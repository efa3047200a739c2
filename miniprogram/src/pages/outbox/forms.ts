// Which form opens a draft.

import type { drafts } from '../../outbox/index'

const PAGES: Record<drafts.Draft['kind'], string> = {
  meeting: '/pages/meeting/index',
  sign: '/pages/sign/index',
  survey: '/more/survey/index',
  statement: '/more/statement/index',
  report: '/pages/report/index',
  contact: '/more/linked/index',
  feedback: '/more/feedback/index',
  excuse: '/more/excuse/index',
}

/**
 * For `go(…)`. Every form opens the draft named in `draft`, beside the `record` it is to be compared with; a 申请 that of
 * its `duty`.
 */
export function formOf(
  draft: drafts.Draft,
  record?: string,
): [path: string, query: Record<string, string | undefined>] {
  const common = draft.form['record'] as { entered_for?: string } | undefined
  const member = draft.kind === 'contact' ? common?.entered_for : undefined
  const duty = draft.kind === 'excuse' ? String(draft.form['duty']) : undefined
  return [PAGES[draft.kind], { draft: draft.name, duty, member, record }]
}
