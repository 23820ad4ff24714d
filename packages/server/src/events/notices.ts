import type { SecurityEvent } from '../domain/event.ts'
import type { Mail } from '../domain/mail.ts'
import type { Session } from '../domain/session.ts'
import type { User } from '../domain/user.ts'

const MOST_DEVICE_CHARACTERS = 80

/** What a user is told of, by mail. */
export type Notice =
  | { readonly kind: 'password_changed'; readonly by: 'user' | 'operator' }
  | { readonly kind: 'new_device'; readonly device: string }

/**
 * Whether an event is worth a message to its user. A device is new when the user is signed in
 * elsewhere and on none that calls itself the same: whoever just signed up, or comes back after a
 * sign-out, is not told of it. `session` and `others` are those of a `session.started`.
 */
export function decideNotice(
  { name, details }: SecurityEvent,
  session: Session | null,
  others: readonly Session[],
): Notice | null {
  if (name === 'user.password_changed') {
    return { kind: 'password_changed', by: details['by'] === 'operator' ? 'operator' : 'user' }
  }
  if (name !== 'session.started' || session === null || others.length === 0) return null
  if (others.some(({ deviceLabel }) => deviceLabel === session.deviceLabel)) return null
  return {
    kind: 'new_device',
    device: (session.deviceLabel ?? '?').slice(0, MOST_DEVICE_CHARACTERS),
  }
}

/**
 * The message, in English and then in Korean: which of them a user reads is not known here. It holds
 * no link that does something by itself, so that a forged one has nothing to copy.
 */
export function composeNotice(
  notice: Notice,
  to: string,
  { username }: User,
  { at, ipAddress }: SecurityEvent,
  issuer: string,
): Mail {
  const time = `${new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  const from = ipAddress ?? '?'
  const facts = [time, from, issuer].join(' · ')
  const { subject, english, korean } = wordsOf(notice, username)
  return { to, subject, text: `${english}\n\n${korean}\n\n${facts}\n` }
}

function wordsOf(notice: Notice, username: string) {
  switch (notice.kind) {
    case 'password_changed': {
      const isOwn = notice.by === 'user'
      return {
        subject: 'Your password was changed / 비밀번호가 변경되었습니다',
        english: `${isOwn ? 'The password' : 'An operator changed the password'} of your account ${username}${isOwn ? ' was changed' : ''}; other devices were signed out. If you did not ask for this, tell the operators of this server at once.`,
        korean: `${isOwn ? '' : '운영자가 '}${username} 계정의 비밀번호${isOwn ? '가 변경되었고' : '를 변경했고'} 다른 기기는 로그아웃되었습니다. 요청한 적이 없다면 곧바로 이 서버의 운영자에게 알리세요.`,
      }
    }
    case 'new_device':
      return {
        subject: 'A new device signed in / 새 기기에서 로그인했습니다',
        english: `A new device signed in to your account ${username}. It calls itself: ${notice.device}. If it was not you, change your password: that signs out all other devices.`,
        korean: `${username} 계정에 새 기기가 로그인했습니다. 기기가 밝힌 이름: ${notice.device}. 본인이 아니라면 비밀번호를 바꾸세요. 다른 기기가 모두 로그아웃됩니다.`,
      }
  }
}
