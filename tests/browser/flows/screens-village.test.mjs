// First run, boards and duties, for every kind of person who opens them.
import { read } from '../lib/reading.mjs'
import { VILLAGE } from '../lib/visits.mjs'

read(VILLAGE)
