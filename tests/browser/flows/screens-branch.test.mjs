// Meetings, reports and records, for every kind of person who opens them.
import { read } from '../lib/reading.mjs'
import { BRANCH } from '../lib/visits.mjs'

read(BRANCH)
