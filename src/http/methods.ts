/** True for the methods that only read: GET, and HEAD, which is answered as GET is (RFC 9110, section 9.2.1). */
export function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
