// What can go wrong on the phone itself, with the sentence to show.

export class OutboxError extends Error {
  readonly code: string

  constructor(code: string, message: string) {
    super(message)
    this.name = 'OutboxError'
    this.code = code
  }
}

export const storageFull = (): OutboxError =>
  new OutboxError(
    'phone.full',
    '手机里给小程序留的地方满了。请连上网,让“待上传”里的内容传完,再接着填写;已填的内容都在。',
  )

export const unreadablePhoto = (): OutboxError =>
  new OutboxError(
    'photo.unreadable',
    '这张照片手机读不出来。请重新拍一张;如果是从相册选的,请在相机设置里选“兼容性最佳”再拍,或另存为 JPG。',
  )

export const lostPhoto = (): OutboxError =>
  new OutboxError('photo.lost', '刚拍的这张没有来得及存下(小程序被关掉了),请重新拍一张。')
