// What is owed, and why, and what is asked about it, for every kind of person who opens it.
import { read } from '../lib/reading.mjs'
import { OWED } from '../lib/visits.mjs'

read(OWED)
