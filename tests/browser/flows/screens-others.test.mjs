// What is the same for everybody: what waits, suggestions, privacy, devices, about.
import { read } from '../lib/reading.mjs'
import { OTHERS } from '../lib/visits.mjs'

read(OTHERS)
