// Taking or choosing a picture. What comes back is temporary: the outbox copies it at once.

export interface Taken {
  /** A temporary file, gone with this run. */
  temp: string
  bytes: number
  source: 'camera' | 'album'
}

/** Null: the person changed their mind. Throws a sentence where the phone does not let us. */
export function take(source: 'camera' | 'album'): Promise<Taken | null> {
  return new Promise((resolve, reject) => {
    wx.chooseMedia({
      count: 1,
      mediaType: ['image'],
      sourceType: [source],
      // The file as it is: it is drawn anew by us, once.
      sizeType: ['original'],
      camera: 'back',
      success: ({ tempFiles: [file] }) => resolve(file ? { temp: file.tempFilePath, bytes: file.size, source } : null),
      fail: ({ errMsg }) => {
        if (/cancel/i.test(errMsg)) resolve(null)
        else reject(new Error(why(errMsg, source)))
      },
    })
  })
}

function why(errMsg: string, source: 'camera' | 'album'): string {
  if (/privacy/i.test(errMsg)) return '您还没有同意隐私保护指引,所以打不开相机。同意后再拍;也可以改由镇里录入。'
  if (/auth|permission|system permission/i.test(errMsg)) {
    const what = source === 'camera' ? '相机' : '相册'
    return `手机没有允许微信使用${what}。请在手机的设置里找到微信,打开${what},再回来拍。`
  }
  return source === 'camera' ? '相机没有打开,请再试一次,或从相册选一张。' : '相册没有打开,请再试一次。'
}
