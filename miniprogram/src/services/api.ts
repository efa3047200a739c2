// Every operation of the server's API that the phone uses, one thin function each, typed by the API's own document
// (`openapi.d.ts` is generated: `npm run openapi`). Pages call these; records are sent by the outbox.

import type { components, operations } from './openapi'
import { send } from './http'
import { call } from './session'

export type Schemas = components['schemas']

type Json = 'application/json; charset=utf-8'
type AnswerOf<O extends keyof operations> = operations[O] extends {
  responses: { 200: { content: Record<Json, infer Answer> } }
}
  ? Answer
  : never
type BodyOf<O extends keyof operations> = operations[O] extends {
  requestBody: { content: Record<Json, infer Body> }
}
  ? Body
  : never
type QueryOf<O extends keyof operations> = operations[O] extends { parameters: { query?: infer Query } }
  ? Exclude<Query, undefined>
  : never

export type Me = AnswerOf<'me'>
export type DutyLine = Schemas['DutyLine']
export type DutyView = AnswerOf<'duty'>
export type RecordLine = Schemas['RecordLine']
export type RecordView = AnswerOf<'record'>
export type VersionView = Schemas['VersionView']
export type SignLine = Schemas['SignLine']
export type Notice = Schemas['Notice']
export type Grants = AnswerOf<'grants'>
export type Reminders = AnswerOf<'reminders'>
export type Explanation = AnswerOf<'explain_duty'>
export type NotOwed = AnswerOf<'not_owed'>
export type Proposal = Schemas['Proposal']
export type Choice = Schemas['Choice']
export type TouchedDuty = Schemas['TouchedDuty']
export type Month = AnswerOf<'calendar_month'>
export type FeedState = AnswerOf<'calendar_feed'>
export type Unit = Schemas['Unit']
export type PeoplePage = AnswerOf<'people'>
export type ContactLine = Schemas['ContactLine']
export type CallList = AnswerOf<'call_list'>
export type About = AnswerOf<'about'>
export type Device = Schemas['Device']
export type Seen = Schemas['Seen']
export type Ladder = Schemas['Ladder']
export type Feedback = Schemas['Feedback']
export type MeetingPrefill = AnswerOf<'meeting_prefill'>
export type SignText = Schemas['KnownText']
export type Helper = Schemas['Helper']
export type Helpers = AnswerOf<'helpers'>

const V1 = '/api/v1'

function get<O extends keyof operations>(path: string, query?: QueryOf<O>): Promise<AnswerOf<O>> {
  return call<AnswerOf<O>>({
    method: 'GET',
    path: V1 + path,
    ...(query ? { query: query as Record<string, string> } : {}),
  })
}

function post<O extends keyof operations>(path: string, body?: BodyOf<O>): Promise<AnswerOf<O>> {
  return call<AnswerOf<O>>({ method: 'POST', path: V1 + path, ...(body ? { body: body as object } : {}) })
}

const id = encodeURIComponent

// 关于
/** For anybody, also before the first login. */
export const about = () => send<About>({ method: 'GET', path: `${V1}/about` })

// 我
export const me = () => get<'me'>('/me')
export const devices = () => get<'devices'>('/me/devices')
export const logOutDevice = (session: string) => post<'logout_device'>(`/me/devices/${id(session)}/logout`)
export const confirmDesk = (code: string) => post<'confirm_desk'>('/me/desk', { code })
export const visibility = () => get<'visibility'>('/me/visibility')
export const helpers = () => get<'helpers'>('/me/helpers')
export const helperPhone = (person: string) => post<'helper_phone'>(`/me/helpers/${id(person)}/phone`)
export const reminderRungs = () => get<'reminder_rungs'>('/me/reminders/rungs')
export const reminders = () => get<'reminders'>('/me/reminders')
export const calendarFeed = () => get<'calendar_feed'>('/me/calendar-feed')
export const makeCalendarFeed = () => post<'make_calendar_feed'>('/me/calendar-feed')
export const endCalendarFeed = () => post<'end_calendar_feed'>('/me/calendar-feed/end')
export const setReminders = (form: Reminders) =>
  call<Reminders>({ method: 'PUT', path: `${V1}/me/reminders`, body: form })

// 组织
export const units = () => get<'units'>('/units')
export const people = (query: QueryOf<'people'> = {}) => get<'people'>('/people', query)
export const issueBindCode = (person: string) => post<'issue_bind_code'>(`/people/${id(person)}/bind-code`)
export const contacts = (person: string) => get<'contacts'>(`/people/${id(person)}/contacts`)

// 待办
export const dutiesToday = () => get<'duties_today'>('/duties/today')
export const duties = (query: QueryOf<'duties'> = {}) => get<'duties'>('/duties', query)
export const duty = (duty: string) => get<'duty'>(`/duties/${id(duty)}`)
export const dutiesUnreached = () => get<'duties_unreached'>('/duties/unreached')
export const explainDuty = (duty: string) => get<'explain_duty'>(`/duties/${id(duty)}/explain`)
export const notOwed = (unit: string) => get<'not_owed'>(`/units/${id(unit)}/not-owed`)
export const calendarMonth = (month: string) => get<'calendar_month'>('/calendar/month', { month, each: true })
export const proposeExcuse = (duty: string, form: BodyOf<'propose_excuse'>) =>
  post<'propose_excuse'>(`/duties/${id(duty)}/excuse`, form)
export const decideExcuse = (duty: string, form: BodyOf<'decide_excuse'>) =>
  post<'decide_excuse'>(`/duties/${id(duty)}/excuse/decide`, form)
export const withdrawExcuse = (duty: string) => post<'withdraw_excuse'>(`/duties/${id(duty)}/excuse/withdraw`)
export const excuses = (query: QueryOf<'excuses'> = {}) => get<'excuses'>('/excuses', query)
export const previewBatch = (choice: Choice) => post<'preview_batch'>('/excuse-batches/preview', choice)
export const proposeBatch = (form: BodyOf<'propose_batch'>) => post<'propose_batch'>('/excuse-batches', form)
export const decideBatch = (batch: string, form: BodyOf<'decide_batch'>) =>
  post<'decide_batch'>(`/excuse-batches/${id(batch)}/decide`, form)
export const withdrawBatch = (batch: string) => post<'withdraw_batch'>(`/excuse-batches/${id(batch)}/withdraw`)
export const delegateDuty = (duty: string, form: BodyOf<'delegate_duty'>) =>
  post<'delegate_duty'>(`/duties/${id(duty)}/delegate`, form)

// 工作记录
export const records = (query: QueryOf<'records'> = {}) => get<'records'>('/records', query)
export const record = (record: string) => get<'record'>(`/records/${id(record)}`)
export const recordVersions = (record: string) => get<'record_versions'>(`/records/${id(record)}/versions`)
export const acceptRecord = (record: string, version: string) =>
  post<'accept_record'>(`/records/${id(record)}/accept`, { version })
export const acceptRecords = (records: BodyOf<'accept_records'>['records']) =>
  post<'accept_records'>('/records/accept', { records })
export const returnRecord = (record: string, form: BodyOf<'return_record'>) =>
  post<'return_record'>(`/records/${id(record)}/return`, form)
export const confirmRecord = (record: string, version: string) =>
  post<'confirm_record'>(`/records/${id(record)}/confirm`, { version })
export const confirmSurvey = (record: string, version: string) =>
  post<'confirm_sign_survey'>(`/sign-surveys/${id(record)}/confirm`, { version })
export const meetingPrefill = (unit: string) => get<'meeting_prefill'>('/meetings/prefill', { unit })
export const signTexts = (village: string) => get<'sign_texts'>('/signs/texts', { village })
export const signs = (query: QueryOf<'signs'> = {}) => get<'signs'>('/signs', query)

// 提醒
export const notices = (after?: string) => get<'notices'>('/notices', after ? { after } : {})
export const readNotices = (ids: string[]) => post<'read_notices'>('/notices/read', { ids })
export const grants = () => get<'grants'>('/grants')
export const tellGrants = (form: BodyOf<'tell_grants'>) => post<'tell_grants'>('/grants', form)
export const callList = (after?: string) => get<'call_list'>('/call-list', after ? { after } : {})
export const callDone = (item: string) => post<'call_done'>(`/call-list/${id(item)}/done`)

// 意见建议
export const myFeedback = (after?: string) => get<'my_feedback'>('/feedback/mine', after ? { after } : {})
