// What the office's developer fills in before uploading; the only file of the code that differs between towns. Nothing
// here is secret. The appid goes into project.private.config.json, the domain also into 微信公众平台 › 开发管理 ›
// 服务器域名 (request and uploadFile; downloadFile for the pictures). 主办单位, 备案号 and the office's phone are the
// server's to say (TUHE_SPONSOR and others, see .env.sample).

/** `https://…` of the town's server for the released version. Empty: none yet. */
export const RELEASE_SERVER = ''

/** For 开发版 and 体验版, where there is a server to try things on. Empty: the same as for the released version. */
export const TRIAL_SERVER = ''
