// How WeChat's calls answer: through success, fail and complete if one is given, else by a promise.

/** `work` gets the options and gives the result's fields; what it throws becomes `<name>:fail …`. */
export function call(name, work) {
  return (options = {}) => {
    const answer = Promise.resolve()
      .then(() => work(options))
      .then(
        (fields) => ({ errMsg: `${name}:ok`, ...fields }),
        (error) => Promise.reject(failure(name, error)),
      )
    if (!options.success && !options.fail && !options.complete) return answer
    deliver(answer, options)
    return undefined
  }
}

/** The error as WeChat words it. */
export function failure(name, error) {
  const message = error?.message ?? String(error)
  const known = message.startsWith(`${name}:fail`)
  return Object.assign(new Error(message), { errMsg: known ? message : `${name}:fail ${message}`, ...error?.extra })
}

/** Calls back; an error in the callback is the mini-program's and shows as uncaught. */
export function deliver(answer, { success, fail, complete }) {
  const then = (first, result) =>
    setTimeout(() => {
      first?.(result)
      complete?.(result)
    })
  answer.then(
    (result) => then(success, result),
    (error) => then(fail, error),
  )
}

/** A call that is listed because it is harmless here: nothing to vibrate, no badge to draw. */
export const nothing = (name) => call(name, () => undefined)

/** on<Name> and off<Name> with the list behind them. */
export function listeners() {
  const all = new Set()
  return {
    on: (listener) => void all.add(listener),
    off: (listener) => void (listener ? all.delete(listener) : all.clear()),
    tell: (...news) => all.forEach((listener) => listener(...news)),
    get size() {
      return all.size
    },
  }
}
